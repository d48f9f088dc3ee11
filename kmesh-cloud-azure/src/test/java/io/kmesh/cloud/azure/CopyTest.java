// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import static io.kmesh.cloud.azure.Stages.done;
import static io.kmesh.cloud.azure.Stages.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Copies that the service does not end at once, which Azurite has none of. */
class CopyTest {
  private static final PutOptions CREATE =
      PutOptions.NONE.withCondition(Condition.absent()).withMetadata(Map.of("kmesh-a", "1"));

  /** Answers Copy Blob with pending, then each look with the next status. */
  private static ScriptedAzure copying(String copyId, String... statuses) {
    int[] looks = new int[1];
    return new ScriptedAzure(
        exchange -> {
          exchange.getResponseHeaders().set("ETag", "\"0x1\"");
          exchange.getResponseHeaders().set("Last-Modified", "Tue, 03 Jan 2006 04:05:06 GMT");
          if (exchange.getRequestMethod().equals("PUT")) {
            exchange.getResponseHeaders().set("x-ms-copy-id", "id-1");
            exchange.getResponseHeaders().set("x-ms-copy-status", "pending");
            exchange.sendResponseHeaders(202, -1);
          } else {
            status(exchange, copyId, statuses[Math.min(looks[0]++, statuses.length - 1)]);
          }
        });
  }

  private static void status(HttpExchange exchange, String copyId, String status)
      throws IOException {
    exchange.getResponseHeaders().set("x-ms-copy-id", copyId);
    exchange.getResponseHeaders().set("x-ms-copy-status", status);
    exchange.getResponseHeaders().set("x-ms-copy-status-description", "the reason");
    exchange.getResponseHeaders().set("x-ms-blob-type", "BlockBlob");
    exchange.sendResponseHeaders(200, -1);
  }

  /** Timers that run at once. */
  private static final class NoWait implements KmeshTime {
    private final KmeshTime time = ManualTime.create();
    private final List<Duration> delays = new CopyOnWriteArrayList<>();

    @Override
    public Instant now() {
      return time.now();
    }

    @Override
    public long nanoTime() {
      return time.nanoTime();
    }

    @Override
    public void sleep(Duration duration) {
      throw new AssertionError("No thread waits.");
    }

    @Override
    public void await(Object monitor, Duration duration) {
      throw new AssertionError("No thread waits.");
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
      delays.add(delay);
      task.run();
      return () -> {};
    }
  }

  private final NoWait time = new NoWait();

  private ObjectStore store(ScriptedAzure azure) throws IOException {
    return BlobStore.builder("box")
        .endpoint(URI.create(azure.uri() + "/acct"))
        .credentials(BlobCredentials.sharedKey("acct", "c2VjcmV0LWtleQ=="))
        .time(time)
        .build();
  }

  @Test
  void copyThatIsPending_isLookedAtUntilItEnds() throws IOException {
    try (ScriptedAzure azure = copying("id-1", "pending", "pending", "success");
        ObjectStore store = store(azure)) {
      ObjectInfo info = done(store.copy("a b", Condition.matches("0x9"), "t", CREATE));
      assertThat(info.etag()).isEqualTo("0x1");
      assertThat(azure.asked().stream().map(ScriptedAzure.Asked::method))
          .containsExactly("PUT", "HEAD", "HEAD", "HEAD");
      assertThat(time.delays).containsExactly(Duration.ofMillis(200), Duration.ofMillis(400));
      Map<String, List<String>> sent = azure.asked().get(0).headers();
      assertThat(sent.get("X-ms-copy-source")).containsExactly(azure.uri() + "/acct/box/a%20b");
      assertThat(sent.get("X-ms-source-if-match")).containsExactly("\"0x9\"");
      assertThat(sent.get("If-none-match")).containsExactly("*");
      assertThat(sent.get("X-ms-meta-kmesh__2da")).containsExactly("1");
    }
  }

  @Test
  void copyThatFails_isTransient_andSaysWhy() throws IOException {
    try (ScriptedAzure azure = copying("id-1", "pending", "failed");
        ObjectStore store = store(azure)) {
      assertThat(failure(store.copy("a", Condition.none(), "t", CREATE)))
          .hasMessageContaining("copy a to t in az://box@acct")
          .hasMessageContaining("the reason")
          .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.TRANSIENT));
    }
  }

  @Test
  void copyThatAnotherReplaced_hasAnUnknownOutcome() throws IOException {
    try (ScriptedAzure azure = copying("id-2", "success");
        ObjectStore store = store(azure)) {
      assertThat(failure(store.copy("a", Condition.none(), "t", CREATE)).kind())
          .isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
    }
  }
}
