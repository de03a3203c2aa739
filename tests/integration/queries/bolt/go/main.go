// Asks over Bolt with Neo4j's driver for Go: each query of a JSON list on standard input, then values of every sort.
// Prints what it saw as one line of JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

type question struct {
	Text       string         `json:"text"`
	Parameters map[string]any `json:"parameters"`
}

func main() {
	ctx := context.Background()
	driver, err := neo4j.NewDriverWithContext(os.Args[1], neo4j.BasicAuth(os.Args[2], os.Getenv("PASSWORD"), ""))
	must(err)
	defer driver.Close(ctx)
	must(driver.VerifyConnectivity(ctx))

	var questions []question
	input := json.NewDecoder(os.Stdin)
	input.UseNumber()
	must(input.Decode(&questions))
	counts := []int{}
	for _, one := range questions {
		for name, value := range one.Parameters {
			if number, is := value.(json.Number); is {
				one.Parameters[name] = numeric(number)
			}
		}
		counts = append(counts, len(ask(ctx, driver, one.Text, one.Parameters).Records))
	}

	seen := map[string]any{"rows": counts}
	moment := time.Date(2025, 3, 1, 12, 30, 15, 123000000, time.UTC)
	record := ask(ctx, driver, "RETURN $t AS t, $l AS l, $f AS f, $u AS u", map[string]any{
		"t": moment.In(time.FixedZone("Offset", 7200)), "u": moment, "l": []any{1, 2}, "f": 0.5,
	}).Records[0]
	seen["moment"] = record.Values[0].(time.Time).Equal(moment) && record.Values[3].(time.Time).Equal(moment)
	seen["list"], seen["float"] = record.Values[1], record.Values[2]

	path := ask(ctx, driver, "MATCH way = (:Customer)-[:PURCHASED]->(:Product) RETURN way LIMIT 1", nil)
	way := path.Records[0].Values[0].(neo4j.Path)
	seen["path"] = []any{way.Nodes[0].Labels[0], way.Relationships[0].Type, way.Nodes[1].Labels[0]}
	seen["connected"] = way.Relationships[0].StartElementId == way.Nodes[0].ElementId

	seen["streamed"] = stream(ctx, driver)
	_, err = neo4j.ExecuteQuery(ctx, driver, "MATCH (n RETURN n", nil, neo4j.EagerResultTransformer)
	var broken *neo4j.Neo4jError
	if errors.As(err, &broken) {
		seen["code"] = broken.Code
	}
	must(json.NewEncoder(os.Stdout).Encode(seen))
}

// Whole numbers stay whole.
func numeric(number json.Number) any {
	if whole, err := number.Int64(); err == nil {
		return whole
	}
	float, err := number.Float64()
	must(err)
	return float
}

func ask(ctx context.Context, driver neo4j.DriverWithContext, text string, given map[string]any) *neo4j.EagerResult {
	result, err := neo4j.ExecuteQuery(ctx, driver, text, given, neo4j.EagerResultTransformer)
	must(err)
	return result
}

// Takes some hundred rows of very many, and leaves the others.
func stream(ctx context.Context, driver neo4j.DriverWithContext) int {
	session := driver.NewSession(ctx, neo4j.SessionConfig{AccessMode: neo4j.AccessModeRead, FetchSize: 100})
	defer session.Close(ctx)
	taken, err := session.ExecuteRead(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
		result, err := tx.Run(ctx, "MATCH (a:Customer), (b:Customer), (c:Customer), (d:Product) RETURN a.name, d.name", nil)
		must(err)
		count := 0
		for count < 250 && result.Next(ctx) {
			count++
		}
		return count, result.Err()
	})
	must(err)
	return taken.(int)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
