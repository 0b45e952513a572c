+++
id = "employer-gone"
version = 1
name = "单位已注销或吊销"
kind = "task"
priority = 4
due_working_days = 30
subject = "union"
law = "《工会法》第十三条"
fingerprint = ["enterprise_id", "employer_status"]
reason = "“{name}”所在单位{employer_name}的登记状态已为“{employer_status}”，工会仍在册[，有会员{members_shown}人][，其中{members_insured_shown}人仍在参保]。《工会法》第十三条规定，用人单位终止或者被撤销的，其工会组织相应撤销并报告上一级工会，请办理撤销并接转会员会籍。"
closed = "单位登记状态或匹配关系已变化"
numbers = ["members", "members_insured"]

[[evidence]]
source = "enterprises"
facts = { "单位" = "employer_name", "登记状态" = "employer_status", "统一社会信用代码" = "uscc" }

[[evidence]]
source = "members"
count = "members"
facts = { "会员" = "members", "当前参保会员" = "members_insured" }
+++
SELECT * REPLACE (enterprise_id AS candidate_id, employer_name AS candidate_name),
  link_probability AS candidate_probability,
  link_evidence AS candidate_evidence,
  CASE WHEN members > 0 THEN members END AS members_shown,
  CASE WHEN members_insured > 0 THEN members_insured END AS members_insured_shown
FROM union_view
WHERE is_active AND link_decision = 'linked' AND employer_status_class = 'gone'
