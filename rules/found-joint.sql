+++
id = "found-joint"
version = 1
name = "小微企业联合建会（参保10–24人）"
kind = "verify"
priority = 6
due_working_days = 15
subject = "enterprise"
law = "《工会法》第十一条"
needs = ["insurance"]
fingerprint = ["insured_now:size", "status_class", "candidate_union_id", "town"]
reason = "{name}[于{founded}成立]，当前参保{insured_now}人，不足25人，未见工会覆盖。《工会法》第十一条规定，会员不足25人的可以单独建立，也可以由两个以上单位联合建立基层工会委员会[；本街道乡镇可加入“{town_union_name}”]。[需核实：{doubts}。]"
closed = "当前已不符合联合建会条件"
numbers = ["insured_now", "expected_members"]

[[evidence]]
source = "enterprises"
facts = { "登记状态" = "status", "成立日期" = "founded", "住所" = "address" }

[[evidence]]
source = "insurance"
count = "insured_now"
facts = { "当前参保人数" = "insured_now" }

[[evidence]]
source = "tax"
facts = { "申报年度" = "tax_year", "申报人数" = "tax_headcount", "已缴工会经费（元）" = "union_fee_fen:yuan", "已缴筹备金（元）" = "prep_fee_fen:yuan" }

[[evidence]]
source = "unions"
facts = { "同街道乡镇的联合工会" = "town_union_name", "待核对的工会" = "candidate_union_name" }

[[evidence]]
source = "members"
count = "joint_members"
facts = { "在此参保的联合工会会员" = "joint_members", "所属联合工会" = "joint_union_name" }
+++
SELECT *,
  insured_now AS expected_members,
  candidate_union_id AS candidate_id,
  candidate_union_name AS candidate_name,
  concat_ws('；',
    CASE WHEN candidate_union_id IS NOT NULL THEN '可能已有工会“' || candidate_union_name || '”，匹配关系待核对' END,
    CASE WHEN is_branch THEN '系分支机构' END,
    CASE WHEN is_dispatch THEN '劳务派遣或人力资源企业' END,
    CASE WHEN is_agency_address THEN '住所疑为集群注册地址' END,
    CASE WHEN joint_members > 0 THEN '已有' || CAST(joint_members AS VARCHAR) || '名职工是“' || joint_union_name || '”会员' END
  ) AS doubts,
  CASE WHEN candidate_union_id IS NOT NULL OR is_branch OR is_dispatch OR is_agency_address THEN 8
       WHEN joint_members > 0 THEN 5 ELSE 6 END AS priority
FROM employer
WHERE insured_now BETWEEN 10 AND 24
  AND status_class = 'in_business'
  AND own_union_id IS NULL
  AND cover_union_id IS NULL
  AND (months_old >= 12 OR months_old IS NULL)
