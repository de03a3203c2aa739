// Asks and inserts through clickhouse-jdbc, as PuppyGraph does; prints what it saw as one line of JSON.

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

public final class Contract {
    public static void main(String[] arguments) throws Exception {
        String url = "jdbc:ch://" + arguments[0] + "/" + arguments[1] + "?compress=" + arguments[2];
        String table = "contract_java_" + arguments[2];
        StringBuilder seen = new StringBuilder("{");
        try (Connection writer = connect(url, "WRITER"); Statement statement = writer.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS " + table);
            statement.execute("CREATE TABLE " + table + " (id UInt64, name LowCardinality(String), amount Decimal(12, 2),"
                + " at DateTime64(3, 'UTC'), note Nullable(String)) ENGINE = MergeTree ORDER BY id");
            try (PreparedStatement insert = writer.prepareStatement(
                    "INSERT INTO " + table + " (id, name, amount, note) VALUES (?, ?, ?, ?)")) {
                for (int id = 0; id < 1000; id++) {
                    insert.setLong(1, id);
                    insert.setString(2, "it's");
                    insert.setBigDecimal(3, new java.math.BigDecimal("12.34"));
                    insert.setString(4, null);
                    insert.addBatch();
                }
                insert.executeBatch();
            }
        }
        try (Connection reader = connect(url, "READER"); Statement statement = reader.createStatement()) {
            try (PreparedStatement ask = reader.prepareStatement("SELECT id, name, amount, note FROM " + table + " WHERE id = ?")) {
                ask.setLong(1, 7);
                try (ResultSet rows = ask.executeQuery()) {
                    rows.next();
                    seen.append("\"row\": \"").append(rows.getLong(1)).append(' ').append(rows.getString(2)).append(' ')
                        .append(rows.getBigDecimal(3)).append(' ').append(rows.getString(4)).append("\"");
                }
            }
            statement.setMaxRows(10);
            statement.setQueryTimeout(20);
            try (ResultSet rows = statement.executeQuery("SELECT number FROM numbers(5)")) {
                long sum = 0;
                while (rows.next()) {
                    sum += rows.getLong(1);
                }
                seen.append(", \"sum\": ").append(sum);
            }
            try (Statement large = reader.createStatement();
                    ResultSet rows = large.executeQuery("SELECT number, toString(number) FROM numbers(300000)")) {
                long count = 0;
                while (rows.next()) {
                    count += rows.getString(2).isEmpty() ? 0 : 1;
                }
                seen.append(", \"streamed\": ").append(count);
            }
            try (ResultSet columns = reader.getMetaData().getColumns(null, arguments[1], table, null)) {
                int count = 0;
                while (columns.next()) {
                    count++;
                }
                seen.append(", \"columns\": ").append(count);
            }
            try {
                statement.executeQuery("SELECT * FROM no_such_table");
            } catch (SQLException error) {
                seen.append(", \"code\": ").append(error.getMessage().contains("Code: 60") ? 60 : error.getErrorCode());
            }
        }
        try (Connection writer = connect(url, "WRITER"); Statement statement = writer.createStatement()) {
            statement.execute("DROP TABLE " + table);
        }
        System.out.println(seen.append("}"));
    }

    private static Connection connect(String url, String name) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", System.getenv(name));
        properties.setProperty("password", System.getenv(name + "_PASSWORD"));
        return DriverManager.getConnection(url, properties);
    }
}
