+++
id = "term-due"
version = 2
name = "换届到期"
kind = "task"
priority = 5
due_working_days = 60
subject = "union"
law = "《工会法》第十六条"
fingerprint = ["term_end", "overdue"]
reason = "“{name}”本届任期于{term_end}届满，{state}。《工会法》第十六条规定，{length}，请组织换届选举。"
closed = "已换届，届满日期已更新"
numbers = ["term_days_left", "members"]

[[evidence]]
source = "unions"
facts = { "届满日期" = "term_end", "建会日期" = "founded", "会员" = "members_shown" }
+++
-- A date before 1950 stands for nothing (1900-01-01 is what spreadsheets make of an empty cell).
SELECT *,
  term_days_left < 0 AS overdue,
  CASE WHEN term_days_left < 0 THEN '已逾期' || CAST(-term_days_left AS VARCHAR) || '天' ELSE '还有' || CAST(term_days_left AS VARCHAR) || '天' END AS state,
  CASE WHEN union_type IN ('general', 'industry') THEN '各级地方总工会委员会和产业工会委员会每届任期五年'
       ELSE '基层工会委员会每届任期三年或者五年' END AS length,
  CASE WHEN members > 0 THEN members END AS members_shown,
  CASE WHEN term_days_left < 0 THEN 'task' ELSE 'work' END AS kind,
  CASE WHEN term_days_left < -365 THEN 4 WHEN term_days_left < 0 THEN 5 ELSE 6 END AS priority
FROM union_view
WHERE is_active AND term_days_left <= 90 AND term_end >= DATE '1950-01-01'
