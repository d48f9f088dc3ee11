// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.jdbc4.JDBC4Connection;

/** What happens when SQLite refuses in the middle. */
final class GroupCommitterTest {
  private static final int IOERR_FSYNC = 10 | 4 << 8;
  private static final int FULL = 13;

  @TempDir private Path directory;
  private SqlSession session = new SqlSession(failing(null));
  private GroupCommitter committer = committer(session);
  private int failOnCommit;

  @BeforeEach
  void open() throws SQLException {
    committer.close();
    String file = directory.resolve("x.db").toString();
    session =
        new SqlSession(
            failing(new JDBC4Connection("jdbc:sqlite:" + file, file, new java.util.Properties())));
    session.execute("CREATE TABLE t (x)");
    committer = committer(session);
  }

  @AfterEach
  void close() throws SQLException {
    committer.close();
    session.close();
  }

  private static GroupCommitter committer(SqlSession session) {
    CommitCounters counters = new CommitCounters(ManualTime.create(), Observer.NONE);
    return new GroupCommitter(
        Path.of("/x/state.db"),
        session,
        new ReentrantLock(),
        counters,
        new WalCheckpoint(session, counters, WalCheckpoint.Log.NEW));
  }

  /** A connection whose commit fails when the test wants it. */
  private Connection failing(@org.jspecify.annotations.Nullable Connection real) {
    return proxy(
        Connection.class,
        (name, arguments) -> {
          if (real == null) {
            throw new SQLException("not open");
          }
          Object result =
              Connection.class.getMethod(name, types(arguments)).invoke(real, arguments);
          return result instanceof Statement statement && name.equals("createStatement")
              ? failingStatement(statement)
              : result;
        });
  }

  private Statement failingStatement(Statement real) {
    return proxy(
        Statement.class,
        (name, arguments) -> {
          if (arguments.length == 1 && "COMMIT".equals(arguments[0]) && failOnCommit != 0) {
            throw new SQLException("injected", "", failOnCommit);
          }
          return Statement.class.getMethod(name, types(arguments)).invoke(real, arguments);
        });
  }

  private interface Call {
    @org.jspecify.annotations.Nullable
    Object invoke(String name, Object[] arguments) throws Exception;
  }

  private static Class<?>[] types(Object[] arguments) {
    return arguments.length == 0 ? new Class<?>[0] : new Class<?>[] {String.class};
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                return call.invoke(method.getName(), arguments == null ? new Object[0] : arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private long insert() throws IOException {
    return committer.write(
        new StateWrite<Long>() {
          @Override
          public Result<Long> run(SqlSession session) throws SQLException {
            session.execute("INSERT INTO t VALUES (1)");
            return new Result<>(1L, 1);
          }

          @Override
          public int weight() {
            return 1;
          }
        });
  }

  private void assertKind(ErrorKind kind) {
    assertThatThrownBy(this::insert)
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining("/x/state.db");
  }

  @Test
  void write_whenTheSyncFails_isUnknownAndNothingIsWrittenAfterwards() throws IOException {
    insert();
    failOnCommit = IOERR_FSYNC;
    assertKind(ErrorKind.UNKNOWN_OUTCOME);
    failOnCommit = 0;

    assertKind(ErrorKind.UNKNOWN_OUTCOME);
  }

  @Test
  void write_whenTheCommitFindsNoSpace_saysSoAndGoesOnLater() throws Exception {
    failOnCommit = FULL;
    assertKind(ErrorKind.NO_SPACE);
    failOnCommit = 0;

    assertThat(insert()).isEqualTo(1);
    assertThat(session.number("SELECT count(*) FROM t")).isEqualTo(1);
  }

  @Test
  void write_whenTheCodeThrows_failsItAloneAndTheWriterLives() throws IOException {
    assertThatThrownBy(
            () ->
                committer.write(
                    new StateWrite<Long>() {
                      @Override
                      public Result<Long> run(SqlSession session) {
                        throw new IllegalStateException("a bug");
                      }

                      @Override
                      public int weight() {
                        return 1;
                      }
                    }))
        .hasRootCauseMessage("a bug");
    assertThat(insert()).isEqualTo(1);
  }

  @Test
  void write_afterClose_isRefused() {
    committer.close();

    assertThatThrownBy(this::insert).hasMessageContaining("closed");
  }
}
