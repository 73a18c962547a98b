import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** How an application enters a tenant with JDBC; docs/CONNECTING.md shows these lines. */
final class Shop {
    record Customer(String tenant, String name) {}

    interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    static <T> T transaction(DataSource pool, String enter, String whom, Work<T> work) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement statement = connection.prepareStatement(enter)) {
                statement.setString(1, whom);
                statement.execute(); // the driver sends BEGIN with it
                T result = work.with(connection);
                connection.commit();
                return result;
            } catch (Throwable error) {
                connection.rollback();
                throw error;
            }
        }
    }

    static <T> T inTenant(DataSource pool, String tenant, Work<T> work) throws SQLException {
        return transaction(pool, "SELECT tenancy.set_tenant(?)", tenant, work);
    }

    static <T> T withToken(DataSource pool, String token, Work<T> work) throws SQLException {
        return transaction(pool, "SELECT tenancy.authenticate(?)", token, work);
    }

    static List<Customer> customers(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT tenant_id, name FROM shop.customers")) {
            return read(statement.executeQuery());
        }
    }

    // Several statements in one go: with autocommit a transaction of their own, else begun by BEGIN.
    static List<Customer> customersInOneRoundTrip(Connection connection, String token) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT tenancy.authenticate(?); SELECT tenant_id, name FROM shop.customers WHERE name LIKE ?")) {
            statement.setString(1, token);
            statement.setString(2, "%");
            statement.execute();
            statement.getMoreResults();
            return read(statement.getResultSet());
        }
    }

    static List<Customer> read(ResultSet rows) throws SQLException {
        List<Customer> found = new ArrayList<>();
        while (rows.next()) {
            found.add(new Customer(rows.getString(1), rows.getString(2)));
        }
        return found;
    }

    private Shop() {}
}
