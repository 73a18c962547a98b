import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLException;

/** Checks of JDBC: `ok` or `FAIL` per line. The environment is set by ../run.sh. */
final class ShopTest {
    static final String[] TENANTS = System.getenv("SHOP_TENANTS").split(",");
    static final int ROUNDS = Integer.parseInt(System.getenv("SHOP_ROUNDS"));

    interface Doing {
        void run() throws Exception;
    }

    interface Enter {
        <T> T tenant(DataSource pool, String tenant, Shop.Work<T> work) throws SQLException;
    }

    static void check(String name, boolean good, Object detail) {
        System.out.println(good ? "ok java: " + name : "FAIL java: " + name + ": " + detail);
    }

    static String token(String tenant, int expires, String key) {
        try {
            long now = System.currentTimeMillis() / 1000;
            String said = part("{\"alg\": \"HS256\", \"kid\": \"shop\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + part(String.format("{\"tenant_id\": \"%s\", \"sub\": \"ada\", \"iat\": %d, \"exp\": %d}",
                    tenant, now - 300, now + expires).getBytes(StandardCharsets.UTF_8));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return said + "." + part(mac.doFinal(said.getBytes(StandardCharsets.UTF_8)));
        } catch (java.security.GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    static String token(String tenant) {
        return token(tenant, 600, System.getenv("SHOP_KEY"));
    }

    static String part(byte[] data) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(data);
    }

    static String url(String port, String database, String options) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=shop_app&password="
            + System.getenv("SHOP_PASSWORD") + "&sslmode=disable&gssEncMode=disable" + options;
    }

    static DataSource connections(String port, String database, String options) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(url(port, database, options));
        return source;
    }

    /** The driver's own pool; out of fashion, but at hand wherever the driver is. */
    @SuppressWarnings("deprecation")
    static final class Pool extends org.postgresql.ds.PGPoolingDataSource {
        private static final long serialVersionUID = 1;
    }

    static Pool pool(String port, String database, String options, int size) {
        Pool pool = new Pool();
        pool.setURL(url(port, database, options));
        pool.setDataSourceName(java.util.UUID.randomUUID().toString());
        pool.setMaxConnections(size);
        return pool;
    }

    /** What became of it: "ok", or the SQLSTATE of the driver's own error. */
    static String state(Doing doing) {
        try {
            doing.run();
            return "ok";
        } catch (PSQLException error) {
            return error.getSQLState();
        } catch (Exception error) {
            return error.toString();
        }
    }

    static boolean own(List<Shop.Customer> rows, String tenant, int wanted) {
        return rows.size() == wanted && rows.stream().allMatch(row -> row.tenant().equals(tenant));
    }

    static List<Shop.Customer> ofNobody(DataSource pool) throws SQLException {
        return Shop.transaction(pool, "SELECT ?::text", "", Shop::customers);
    }

    interface Turn {
        void run(String tenant, int turn, Map<String, Integer> seen) throws Exception;
    }

    /** Every tenant at once. */
    static Map<String, Integer> together(int rounds, Turn turn) throws Exception {
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        ExecutorService threads = Executors.newFixedThreadPool(TENANTS.length);
        List<Future<Void>> running = new ArrayList<>();
        for (String tenant : TENANTS) {
            running.add(threads.submit(() -> {
                for (int round = 0; round < rounds; round++) {
                    turn.run(tenant, round, seen);
                }
                return null;
            }));
        }
        for (Future<Void> one : running) {
            one.get();
        }
        threads.shutdown();
        return new TreeMap<>(seen);
    }

    static void nothingIsCarriedOver(String title, String port, String database, int size, Enter enter) throws Exception {
        var pool = pool(port, database, "&prepareThreshold=0", size);
        Map<String, Integer> seen = together(ROUNDS, (tenant, turn, told) -> {
            boolean[] good = {false};
            String became = state(() -> enter.tenant(pool, tenant, connection -> {
                boolean add = turn % 7 == 3;
                if (add) {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("INSERT INTO shop.customers (name) VALUES ('short')");
                    }
                }
                good[0] = own(Shop.customers(connection), tenant, add ? 6 : 5);
                if (add) {
                    throw new SQLException("short");
                }
                return null;
            }));
            boolean ended = became.equals(turn % 7 == 3 ? "java.sql.SQLException: short" : "ok");
            told.merge(good[0] && ended ? "own" : "other " + became, 1, Integer::sum);
            if (turn % 5 == 0) {
                String nobody = state(() -> ofNobody(pool));
                String alone = state(() -> {
                    try (Connection connection = pool.getConnection()) {
                        Shop.customers(connection);
                    }
                });
                told.merge(nobody.equals("42501") && alone.equals("42501") ? "without" : "leak", 1, Integer::sum);
            }
        });
        pool.close();
        int wanted = TENANTS.length * ROUNDS;
        check(title + ": " + wanted + " transactions of " + TENANTS.length + " tenants read their own rows, "
            + wanted / 5 + " without a tenant got 42501", seen.equals(Map.of("own", wanted, "without", wanted / 5)), seen);
    }

    static void errorsOf(String title, String port) throws Exception {
        DataSource pool = connections(port, "shop", "&prepareThreshold=0");
        SQLException refused = null;
        try {
            Shop.inTenant(pool, TENANTS[0], connection -> {
                try (PreparedStatement statement = connection.prepareStatement(
                        "INSERT INTO shop.customers (tenant_id, name) VALUES (?::uuid, 'Eve')")) {
                    statement.setString(1, TENANTS[1]);
                    return statement.executeUpdate();
                }
            });
        } catch (SQLException error) {
            refused = error;
        }
        check(title + ": a row for another tenant is a PSQLException, 42501, that names the table",
            refused instanceof PSQLException && refused.getSQLState().equals("42501")
            && refused.getMessage().contains("shop.customers"), refused);
        try (Connection connection = pool.getConnection()) {
            String message = "";
            try {
                Shop.customers(connection);
            } catch (PSQLException error) {
                message = error.getSQLState() + " " + error.getMessage();
            }
            check(title + ": no tenant is 42501 \"no tenant is set\"",
                message.startsWith("42501") && message.contains("no tenant is set"), message);
        }
        check(title + ": an unknown tenant is 42704",
            state(() -> Shop.inTenant(pool, "00000000-0000-4000-8000-0000000000ff", Shop::customers)).equals("42704"), "");
        check(title + ": set_config", own(Shop.transaction(pool, "SELECT set_config('app.current_tenant_id', ?, true)",
            TENANTS[2], Shop::customers), TENANTS[2], 5), "");
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SET LOCAL app.current_tenant_id = '" + TENANTS[2] + "'");
            check(title + ": SET LOCAL", own(Shop.customers(connection), TENANTS[2], 5), "");
            connection.commit();
            connection.setAutoCommit(true);
            check(title + ": a plain SET is refused", state(() -> statement.execute(
                "SET app.current_tenant_id = '" + TENANTS[0] + "'")).equals("42501"), "");
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            statement.execute("SELECT tenancy.set_tenant('" + TENANTS[3] + "')");
            check(title + ": a read-only connection", own(Shop.customers(connection), TENANTS[3], 5)
                && state(() -> statement.execute("DELETE FROM shop.customers")).equals("25006"), "");
            connection.rollback();
        }
    }

    static void tokens(String title, String port) throws Exception {
        DataSource pool = connections(port, "shop_signed", "&prepareThreshold=0");
        String good = token(TENANTS[0]);
        check(title + ": authenticate", own(Shop.withToken(pool, good, Shop::customers), TENANTS[0], 5), "");
        String[] parts = good.split("\\.");
        Map<String, String> bad = new TreeMap<>(Map.of(
            "expired", token(TENANTS[0], -100, System.getenv("SHOP_KEY")), "forged", token(TENANTS[0], 600, "f".repeat(32)),
            "changed", parts[0] + "." + token(TENANTS[1]).split("\\.")[1] + "." + parts[2]));
        for (var one : bad.entrySet()) {
            String told = state(() -> Shop.withToken(pool, one.getValue(), Shop::customers));
            check(title + ": a token that is " + one.getKey() + " is 28000", told.equals("28000"), told);
        }
        check(title + ": set_tenant is 42501",
            state(() -> Shop.inTenant(pool, TENANTS[0], Shop::customers)).equals("42501"), "");
        for (var mode : new TreeMap<>(Map.of("simple", "22023", "extended", "ok", "extendedForPrepared", "ok",
                "extendedCacheEverything", "ok")).entrySet()) {
            String told = state(() -> Shop.withToken(
                connections(port, "shop_signed", "&prepareThreshold=0&preferQueryMode=" + mode.getKey()), good, Shop::customers));
            check(title + ": preferQueryMode=" + mode.getKey() + " is " + mode.getValue(), told.equals(mode.getValue()), told);
        }
    }

    /**
     * Statements that the driver prepares at their first run, prepared for one tenant and run for others. A pooler that
     * does not know them mixes up their names, ROLLBACK's too: each transaction has a connection of its own there.
     */
    static void prepared(String title, String port) throws Exception {
        boolean direct = title.equals("direct");
        var few = pool(port, "shop_signed", "&prepareThreshold=1", 3);
        DataSource pool = direct ? few : connections(port, "shop_signed", "&prepareThreshold=1");
        Map<String, Integer> told = together(10, (tenant, turn, seen) -> {
            boolean[] good = {false};
            String became = state(() -> {
                var rows = turn % 5 == 4 ? ofNobody(pool) : Shop.withToken(pool, token(tenant), Shop::customers);
                good[0] = own(rows, tenant, 5);
            });
            seen.merge(good[0] ? "own" : became, 1, Integer::sum);
        });
        few.close();
        // "ok": rows that are not the tenant's, or without a tenant.
        boolean good = direct ? told.keySet().equals(Set.of("own", "42501")) : !told.containsKey("ok");
        check(title + ": prepared statements do not cross tenants (" + told + ")", good, told);
    }

    /** What tools and ORMs ask the driver. */
    static void metadata(String title, String port) throws Exception {
        try (Connection connection = connections(port, "shop", "&prepareThreshold=0").getConnection()) {
            DatabaseMetaData data = connection.getMetaData();
            Map<String, String> told = new TreeMap<>();
            Map<String, Doing> asked = Map.ofEntries(
                Map.entry("tables", () -> count(data.getTables(null, "shop", null, null))),
                Map.entry("columns", () -> count(data.getColumns(null, "shop", null, null))),
                Map.entry("keys", () -> count(data.getPrimaryKeys(null, "shop", "customers"))),
                Map.entry("imported", () -> data.getImportedKeys(null, "shop", "customers").close()),
                Map.entry("exported", () -> data.getExportedKeys(null, "shop", "customers").close()),
                Map.entry("indexes", () -> count(data.getIndexInfo(null, "shop", "customers", false, true))),
                Map.entry("types", () -> count(data.getTypeInfo())),
                Map.entry("schemas", () -> count(data.getSchemas())),
                Map.entry("functions", () -> count(data.getFunctions(null, "tenancy", null))),
                Map.entry("privileges", () -> count(data.getTablePrivileges(null, "shop", null))),
                Map.entry("valid", () -> { if (!connection.isValid(1)) throw new SQLException("not valid"); }),
                Map.entry("isolation", () -> connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE)),
                Map.entry("array", () -> connection.createArrayOf("uuid", new Object[0]).free()));
            asked.forEach((name, doing) -> told.put(name, state(doing)));
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            check(title + ": metadata", Set.copyOf(told.values()).equals(Set.of("ok")), told);
            connection.setAutoCommit(false);
            try (PreparedStatement statement = connection.prepareStatement("SELECT tenancy.set_tenant(?)")) {
                statement.setString(1, TENANTS[0]);
                statement.execute();
            }
            asked.forEach((name, doing) -> { if (!name.equals("isolation")) told.put(name, state(doing)); });
            check(title + ": metadata within a tenant's transaction", Set.copyOf(told.values()).equals(Set.of("ok")), told);
            try (PreparedStatement batch = connection.prepareStatement("INSERT INTO shop.customers (name) VALUES (?)")) {
                for (String name : List.of("one", "two")) {
                    batch.setString(1, name);
                    batch.addBatch();
                }
                batch.executeBatch();
                batch.setFetchSize(2);
            }
            try (PreparedStatement rows = connection.prepareStatement("SELECT tenant_id, name FROM shop.customers")) {
                rows.setFetchSize(2);
                check(title + ": batches, and rows fetched in portions", own(Shop.read(rows.executeQuery()), TENANTS[0], 7), "");
            }
            connection.rollback();
        }
    }

    static void count(ResultSet rows) throws SQLException {
        try (rows) {
            if (!rows.next()) {
                throw new SQLException("nothing found");
            }
        }
    }

    static Socket control;

    static int turns(String name) throws Exception {
        if (control == null) {
            control = new Socket("127.0.0.1", Integer.parseInt(System.getenv("SHOP_WIRE_CONTROL")));
        }
        new PrintWriter(control.getOutputStream(), true).println(name);
        return Integer.parseInt(new BufferedReader(new InputStreamReader(control.getInputStream())).readLine());
    }

    static void roundTrips(String title, String port, String database, String name, int wanted,
            Shop.Work<?> within, Enter enter) throws Exception {
        var pool = pool(port, database, "&prepareThreshold=0", 1);
        pool.getConnection().close();
        int before = turns(title);
        enter.tenant(pool, TENANTS[0], within);
        int counted = turns(title) - before;
        pool.close();
        check(title + ": " + wanted + " round trip" + (wanted > 1 ? "s" : "") + ": " + name, counted == wanted, counted);
    }

    static final Enter SETTING = new Enter() {
        @Override
        public <T> T tenant(DataSource pool, String tenant, Shop.Work<T> work) throws SQLException {
            return Shop.inTenant(pool, tenant, work);
        }
    };
    static final Enter TOKEN = new Enter() {
        @Override
        public <T> T tenant(DataSource pool, String tenant, Shop.Work<T> work) throws SQLException {
            return Shop.withToken(pool, token(tenant), work);
        }
    };
    static final Enter ALONE = new Enter() {
        @Override
        public <T> T tenant(DataSource pool, String tenant, Shop.Work<T> work) throws SQLException {
            try (Connection connection = pool.getConnection()) {
                return work.with(connection);
            }
        }
    };

    public static void main(String[] arguments) throws Exception {
        for (String title : List.of("direct", "pooled")) {
            String port = System.getenv(title.equals("direct") ? "SHOP_DIRECT" : "SHOP_POOLED");
            String wire = System.getenv(title.equals("direct") ? "SHOP_WIRE_DIRECT" : "SHOP_WIRE_POOLED");
            nothingIsCarriedOver(title + ", setting", port, "shop", 3, SETTING);
            nothingIsCarriedOver(title + ", token", port, "shop_signed", 8, TOKEN);
            errorsOf(title, port);
            tokens(title, port);
            prepared(title, port);
            metadata(title, port);
            roundTrips(title, wire, "shop", "BEGIN and set_tenant; a query; COMMIT", 3, Shop::customers, SETTING);
            roundTrips(title, wire, "shop_signed", "BEGIN and authenticate; a query; COMMIT", 3, Shop::customers, TOKEN);
            Shop.Work<?> inOne = connection -> Shop.customersInOneRoundTrip(connection, token(TENANTS[0]));
            roundTrips(title, wire, "shop_signed", "authenticate and a query in one statement, with autocommit", 1, inOne, ALONE);
            roundTrips(title, wire, "shop_signed", "BEGIN, authenticate and a query in one statement; COMMIT", 2, connection -> {
                connection.setAutoCommit(false);
                var rows = inOne.with(connection);
                connection.commit();
                return rows;
            }, ALONE);
        }
    }
}
