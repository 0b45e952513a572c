+++
id = "members-exceed-staff"
version = 1
name = "会员数超过职工数"
kind = "verify"
priority = 7
due_working_days = 15
subject = "union"
law = "《工会法》第三条"
needs = ["insurance"]
fingerprint = ["enterprise_id", "members:size", "insured_now:size"]
reason = "“{name}”实名登记会员{members}人，多于单位{employer_name}的当前参保人数{insured_now}人[和税务申报人数{tax_headcount}人]，可能含已离职人员，请核对会员名册。"
closed = "会员数已不超过职工数，或单位匹配关系已变化"
numbers = ["members", "insured_now", "tax_headcount", "members_at_employer"]

[[evidence]]
source = "members"
count = "members"
facts = { "实名登记会员" = "members", "其中在本单位参保" = "members_at_employer", "上报会员数" = "declared_members" }

[[evidence]]
source = "insurance"
count = "insured_now"
facts = { "当前参保人数" = "insured_now" }

[[evidence]]
source = "tax"
facts = { "申报人数" = "tax_headcount" }
+++
-- An employer without any insured (staff on another scheme, insured elsewhere) says nothing; a tenth and three persons are
-- allowed for the lag between hiring, leaving and both files.
SELECT * REPLACE (enterprise_id AS candidate_id, employer_name AS candidate_name),
  link_probability AS candidate_probability,
  link_evidence AS candidate_evidence
FROM union_view
WHERE is_active AND link_decision = 'linked' AND population IN ('single', 'unknown')
  AND employer_status_class = 'in_business'
  AND insured_now > 0
  AND members > insured_now * 1.1 + 3
  AND members > coalesce(tax_headcount, 0) * 1.1 + 3
