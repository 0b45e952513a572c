+++
id = "union-unregistered"
version = 2
name = "缴纳经费但未见工会"
kind = "verify"
priority = 5
due_working_days = 15
subject = "enterprise"
law = "《工会法》第四十三条"
needs = ["tax"]
fingerprint = ["status_class", "candidate_union_id", "tax_year"]
reason = "{name}[{tax_year}年]已缴工会经费{union_fee_fen:yuan}元，但工会组织库中未见其工会，也不在覆盖单位名单内。缴纳工会经费说明可能已建会（《工会法》第四十三条），请核实。[需核实：{doubts}。]"
closed = "已不再有缴费而未见工会的情况"
numbers = ["insured_now", "tax_headcount"]

[[evidence]]
source = "tax"
facts = { "申报年度" = "tax_year", "申报人数" = "tax_headcount", "已缴工会经费（元）" = "union_fee_fen:yuan", "已缴筹备金（元）" = "prep_fee_fen:yuan" }

[[evidence]]
source = "enterprises"
facts = { "登记状态" = "status", "住所" = "address" }

[[evidence]]
source = "unions"
facts = { "待核对的工会" = "candidate_union_name", "总部工会" = "parent_union_name" }
+++
-- The union fee is paid by those who have a union, so it says that one exists. The preparatory fund (筹备金) is collected where
-- there is none yet: it says nothing of an unknown union, and its payers stand in found-25 and found-joint by their staff.
SELECT *,
  insured_now AS expected_members,
  candidate_union_id AS candidate_id,
  candidate_union_name AS candidate_name,
  concat_ws('；',
    CASE WHEN candidate_union_id IS NOT NULL THEN '可能是“' || candidate_union_name || '”，匹配关系待核对' END,
    CASE WHEN is_branch AND parent_union_name IS NOT NULL THEN '总部已有“' || parent_union_name || '”' END,
    CASE WHEN status_class = 'unknown' THEN '登记状态不明' END) AS doubts
FROM employer
WHERE status_class IN ('in_business', 'unknown')
  AND own_union_id IS NULL AND cover_union_id IS NULL
  AND union_fee_fen > 0
