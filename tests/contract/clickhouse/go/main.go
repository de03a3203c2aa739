// Asks and inserts through clickhouse-go over HTTP, as Grafana's data source does; prints what it saw as one JSON object.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"reflect"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

var methods = map[string]clickhouse.CompressionMethod{
	"none": clickhouse.CompressionNone,
	"lz4":  clickhouse.CompressionLZ4,
	"zstd": clickhouse.CompressionZSTD,
	"gzip": clickhouse.CompressionGZIP,
}

func open(compression, user, password string) clickhouse.Conn {
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol:    clickhouse.HTTP,
		Addr:        []string{os.Args[1]},
		Auth:        clickhouse.Auth{Database: os.Args[2], Username: user, Password: password},
		Compression: &clickhouse.Compression{Method: methods[compression], Level: 3},
	})
	must(err)
	return conn
}

// Reads statements from stdin, a JSON array, and takes each answer column by column as the driver types it, which is what
// Grafana's data source does with a panel's query; answers how many rows each had.
func panels(ctx context.Context, reader clickhouse.Conn) {
	var statements []string
	must(json.NewDecoder(os.Stdin).Decode(&statements))
	counts := []int{}
	for _, statement := range statements {
		rows, err := reader.Query(ctx, statement)
		if err != nil {
			log.Fatal(err, "\n", statement)
		}
		values := []any{}
		for _, column := range rows.ColumnTypes() {
			values = append(values, reflect.New(column.ScanType()).Interface())
		}
		count := 0
		for rows.Next() {
			must(rows.Scan(values...))
			count++
		}
		must(rows.Err())
		counts = append(counts, count)
	}
	must(json.NewEncoder(os.Stdout).Encode(counts))
}

func main() {
	if os.Args[3] == "panels" {
		panels(context.Background(), open("lz4", os.Getenv("READER"), os.Getenv("READER_PASSWORD")))
		return
	}
	compression := os.Args[3]
	table := "contract_go_" + compression
	ctx := context.Background()
	writer := open(compression, os.Getenv("WRITER"), os.Getenv("WRITER_PASSWORD"))
	reader := open(compression, os.Getenv("READER"), os.Getenv("READER_PASSWORD"))
	must(reader.Ping(ctx))
	seen := map[string]any{}

	must(writer.Exec(ctx, "CREATE OR REPLACE TABLE "+table+` (
		id UInt64, name LowCardinality(String), amount Decimal(12, 2), at DateTime64(3, 'UTC'),
		tags Array(LowCardinality(String)), note Nullable(String), attributes Map(String, UInt32), pair Tuple(a UInt8, b String)
	) ENGINE = MergeTree ORDER BY id`))
	batch, err := writer.PrepareBatch(ctx, "INSERT INTO "+table+" (id, name, at, tags, note)")
	must(err)
	for id := uint64(0); id < 1000; id++ {
		note := "note"
		must(batch.Append(id, "name", time.UnixMilli(1700000000123).UTC(), []string{"x", "y"}, &note))
	}
	must(batch.Send())

	var id uint64
	var name, note, at string
	var tags []string
	row := reader.QueryRow(ctx, "SELECT id, name, tags, assumeNotNull(note), toString(at), attributes, pair FROM "+table+" WHERE id = {id:UInt64}",
		clickhouse.Named("id", "7"))
	var attributes map[string]uint32
	var pair map[string]any
	must(row.Scan(&id, &name, &tags, &note, &at, &attributes, &pair))
	seen["row"] = []any{id, name, tags, note, at}

	rows, err := reader.Query(ctx, "SELECT number, toString(number) FROM numbers(300000)")
	must(err)
	var number, count, sum uint64
	var text string
	for rows.Next() {
		must(rows.Scan(&number, &text))
		count++
		sum += uint64(len(text))
	}
	must(rows.Err())
	seen["streamed"] = []uint64{count, sum}

	settings := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_threads": 1}))
	var threads uint64
	must(reader.QueryRow(settings, "SELECT toUInt64(getSetting('max_threads'))").Scan(&threads))
	seen["threads"] = threads

	var failure *clickhouse.Exception
	err = reader.QueryRow(ctx, "SELECT * FROM no_such_table").Scan(&id)
	if errors.As(err, &failure) {
		seen["code"] = failure.Code
	} else if err != nil {
		seen["error"] = err.Error()
	}
	rows, err = reader.Query(ctx, "SELECT throwIf(number = 900000, 'half way') FROM numbers(1000000)")
	if err == nil {
		for rows.Next() {
		}
		err = rows.Err()
	}
	seen["half_way"] = err != nil
	must(writer.Exec(ctx, "DROP TABLE "+table))
	must(json.NewEncoder(os.Stdout).Encode(seen))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
