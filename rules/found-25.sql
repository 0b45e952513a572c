+++
id = "found-25"
version = 1
name = "应建未建（参保25人以上）"
kind = "task"
priority = 3
due_working_days = 60
verify_due_working_days = 15
subject = "enterprise"
law = "《工会法》第十一条"
needs = ["insurance"]
fingerprint = ["insured_now:size", "status_class", "candidate_union_id", "is_branch", "is_dispatch", "is_agency_address", "town"]
reason = "{name}[于{founded}成立，至今{months_old}个月]，登记状态为“{status}”，当前参保{insured_now}人[，税务申报{tax_headcount}人]，未见本单位工会，也不在联合工会覆盖单位名单内。《工会法》第十一条规定，会员25人以上的应当建立基层工会委员会。[需核实：{doubts}。]"
closed = "当前已不符合应建未建条件"
numbers = ["insured_now", "tax_headcount", "months_old", "expected_members"]

[[evidence]]
source = "enterprises"
facts = { "登记状态" = "status", "成立日期" = "founded", "住所" = "address", "同址在业企业数" = "address_peers", "同电话在业企业数" = "phone_peers" }

[[evidence]]
source = "insurance"
count = "insured_now"
facts = { "当前参保人数" = "insured_now", "起止日期无法读取的记录" = "insured_unclear_shown" }

[[evidence]]
source = "tax"
facts = { "申报年度" = "tax_year", "申报人数" = "tax_headcount", "工资薪金（元）" = "payroll_fen:yuan", "已缴工会经费（元）" = "union_fee_fen:yuan", "已缴筹备金（元）" = "prep_fee_fen:yuan" }

[[evidence]]
source = "members"
count = "joint_members"
facts = { "在此参保的联合工会会员" = "joint_members", "所属联合工会" = "joint_union_name" }

[[evidence]]
source = "unions"
facts = { "总部" = "parent_name", "总部工会" = "parent_union_name", "待核对的工会" = "candidate_union_name" }
+++
-- Every enterprise in business (or of unknown status) with 25 or more persons insured now, without a union of its own and
-- outside every cover list. Doubts never remove a row: they make it a verification and say why.
WITH doubtful AS (
  SELECT *,
    concat_ws('；',
      CASE WHEN status_class = 'unknown' THEN '登记状态不明' END,
      CASE WHEN candidate_union_id IS NOT NULL THEN '可能已有工会“' || candidate_union_name || '”，匹配关系待核对' END,
      CASE WHEN months_old IS NULL THEN '成立日期不详' WHEN months_old < 12 THEN '成立不满12个月' END,
      CASE WHEN is_branch AND parent_union_name IS NOT NULL THEN '系分支机构，总部已有“' || parent_union_name || '”，是否由其覆盖'
           WHEN is_branch THEN '系分支机构，总部是否已建会' END,
      CASE WHEN is_dispatch THEN '劳务派遣或人力资源企业，参保人员多在用工单位，派遣工可在用工单位入会（《劳动合同法》第六十四条）' END,
      CASE WHEN is_group THEN '集团企业，可能为下属企业代缴社保' END,
      CASE WHEN is_payer AND NOT is_group THEN '参保人数远多于申报人数，可能为其他企业代缴社保' END,
      CASE WHEN is_agency_address THEN '同一住所登记了' || CAST(address_peers AS VARCHAR) || '家在业企业，疑为集群注册地址' END,
      CASE WHEN joint_members > 0 THEN '已有' || CAST(joint_members AS VARCHAR) || '名职工是“' || joint_union_name || '”会员，但该企业不在其覆盖单位名单内' END
    ) AS doubts
  FROM employer
  WHERE insured_now >= 25
    AND status_class IN ('in_business', 'unknown')
    AND own_union_id IS NULL
    AND cover_union_id IS NULL
)
SELECT *,
  CASE WHEN insured_unclear > 0 THEN insured_unclear END AS insured_unclear_shown,
  insured_now AS expected_members,
  CASE WHEN months_old >= 12 AND status_class = 'in_business' AND candidate_union_id IS NULL
         AND NOT (is_branch OR is_dispatch OR is_group OR is_payer OR is_agency_address)
       THEN 'task' ELSE 'verify' END AS kind,
  CASE WHEN candidate_union_id IS NOT NULL OR status_class = 'unknown' OR is_dispatch OR is_agency_address THEN 5
       WHEN is_branch OR is_group OR is_payer OR months_old IS NULL OR months_old < 12 THEN 4
       WHEN insured_now >= 200 THEN 1
       WHEN insured_now >= 100 THEN 2
       ELSE 3 END AS priority,
  candidate_union_id AS candidate_id,
  candidate_union_name AS candidate_name
FROM doubtful
