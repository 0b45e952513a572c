+++
id = "join-more"
version = 1
name = "入会率不足50%"
kind = "task"
priority = 5
due_working_days = 60
verify_due_working_days = 15
subject = "union"
law = "《工会法》第三条"
needs = ["insurance"]
fingerprint = ["enterprise_id", "insured_now:size", "share_class"]
reason = "“{name}”所在单位{employer_name}当前参保{insured_now}人，实名登记会员{members_at_all_unions}人，入会率{share:percent}，不足50%。《工会法》第三条规定职工都有依法参加工会的权利，请组织职工入会，预计可发展{expected_members}人。[需核实：{doubts}。]"
closed = "入会率已达到50%，或单位匹配关系已变化"
numbers = ["insured_now", "members", "members_at_employer", "expected_members", "declared_members"]

[[evidence]]
source = "insurance"
count = "insured_now"
facts = { "当前参保人数" = "insured_now", "用人单位" = "employer_name" }

[[evidence]]
source = "members"
count = "members"
facts = { "实名登记会员" = "members", "其中在本单位参保" = "members_at_employer", "上报会员数" = "declared_members" }
+++
-- Several unions at one employer are taken together, and one item is raised for the one that is kept.
SELECT * REPLACE (enterprise_id AS candidate_id, employer_name AS candidate_name),
  link_probability AS candidate_probability,
  link_evidence AS candidate_evidence,
  members_at_all_unions * 1.0 / insured_now AS share,
  CASE WHEN members_at_all_unions = 0 THEN 'none' WHEN members_at_all_unions * 4 < insured_now THEN 'quarter' ELSE 'half' END AS share_class,
  insured_now - members_at_all_unions AS expected_members,
  concat_ws('；',
    CASE WHEN is_dispatch THEN '劳务派遣或人力资源企业，参保人员多在用工单位' END,
    CASE WHEN is_group THEN '集团企业，可能为下属企业代缴社保' END,
    CASE WHEN members_at_all_unions = 0 THEN '尚无实名登记会员' END) AS doubts,
  CASE WHEN is_dispatch OR is_group OR members_at_all_unions = 0 THEN 'verify' ELSE 'task' END AS kind,
  CASE WHEN insured_now - members_at_all_unions >= 100 THEN 4 ELSE 5 END AS priority
FROM union_view
WHERE is_active
  AND link_decision = 'linked'
  AND population IN ('single', 'unknown')
  AND employer_status_class = 'in_business'
  AND insured_now >= 10
  AND members_at_all_unions * 2 < insured_now
  AND (unions_at_employer = 1 OR keeper_id = union_id)
