-- Of the alerts ever raised, the share whose customer came back.
SELECT if(countIf(kind = 'raised') = 0, 0, countIf(kind = 'recovered') / countIf(kind = 'raised')) AS recovered_share
FROM churn_alerts
