"""`c360 export`: what is stored, or what is in Kafka, as files that anybody reads and producers.replay takes back."""
