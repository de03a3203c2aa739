// Reads tables through clickhouse-jdbc as the graph's view names them: on stdin one "table column:Type ..." a line, each row
// read by the getter of the type that PuppyGraph is told. Prints each row as "table value value ...".

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Properties;
import java.util.stream.Collectors;

public final class View {
    public static void main(String[] arguments) throws Exception {
        Properties user = new Properties();
        user.setProperty("user", System.getenv("READER"));
        user.setProperty("password", System.getenv("READER_PASSWORD"));
        try (Connection reader = DriverManager.getConnection(arguments[0], user);
                Statement statement = reader.createStatement();
                BufferedReader lines = new BufferedReader(new InputStreamReader(System.in))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                String[] fields = Arrays.copyOfRange(words, 1, words.length);
                String columns = Arrays.stream(fields).map(field -> field.split(":")[0]).collect(Collectors.joining(", "));
                try (ResultSet rows = statement.executeQuery("SELECT " + columns + " FROM " + words[0] + " ORDER BY 1")) {
                    while (rows.next()) {
                        StringBuilder row = new StringBuilder(words[0]);
                        for (int place = 0; place < fields.length; place++) {
                            row.append(' ').append(read(rows, place + 1, fields[place].split(":")[1]));
                        }
                        System.out.println(row);
                    }
                }
            }
        }
    }

    private static Object read(ResultSet rows, int place, String type) throws SQLException {
        switch (type) {
            case "Int": return rows.getInt(place);
            case "Long": return rows.getLong(place);
            case "HugeInt": return rows.getBigDecimal(place).toBigIntegerExact();
            case "Decimal": return rows.getBigDecimal(place);
            case "Date": return rows.getDate(place);
            case "DateTime": return rows.getTimestamp(place).toInstant();
            case "String": return rows.getString(place);
            default: throw new SQLException("no getter for " + type);
        }
    }
}
