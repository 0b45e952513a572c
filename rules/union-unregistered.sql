+++
id = "union-unregistered"
version = 1
name = "缴纳经费但未见工会"
kind = "verify"
priority = 5
due_working_days = 15
subject = "enterprise"
law = "《工会法》第四十三条"
needs = ["tax"]
fingerprint = ["paid", "status_class", "candidate_union_id", "tax_year"]
reason = "{name}[{tax_year}年][已缴工会经费{union_fee_shown:yuan}元][已缴建会筹备金{prep_fee_shown:yuan}元]，但工会组织库中未见其工会，也不在覆盖单位名单内。缴费说明可能已建会或正在筹建（《工会法》第四十三条），请核实。[需核实：{doubts}。]"
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
-- The preparatory fund is paid where there is no union yet; such firms with 25 or more insured stand in found-25 already.
SELECT *,
  CASE WHEN union_fee_fen > 0 THEN union_fee_fen END AS union_fee_shown,
  CASE WHEN prep_fee_fen > 0 AND coalesce(union_fee_fen, 0) <= 0 THEN prep_fee_fen END AS prep_fee_shown,
  CASE WHEN union_fee_fen > 0 THEN 'fee' ELSE 'prep' END AS paid,
  CASE WHEN union_fee_fen > 0 THEN 5 ELSE 7 END AS priority,
  insured_now AS expected_members,
  candidate_union_id AS candidate_id,
  candidate_union_name AS candidate_name,
  concat_ws('；',
    CASE WHEN candidate_union_id IS NOT NULL THEN '可能是“' || candidate_union_name || '”' END,
    CASE WHEN is_branch AND parent_union_name IS NOT NULL THEN '总部已有“' || parent_union_name || '”' END,
    CASE WHEN status_class = 'unknown' THEN '登记状态不明' END) AS doubts
FROM employer
WHERE status_class IN ('in_business', 'unknown')
  AND own_union_id IS NULL AND cover_union_id IS NULL
  AND (union_fee_fen > 0 OR (prep_fee_fen > 0 AND coalesce(insured_now, 0) < 25))
