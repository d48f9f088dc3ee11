// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.AuditEntry.Action;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.Grant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * A sensitive file of the second site is granted for a moment: read here, sealed in the cache, then
 * unreadable, and the log tells of it.
 */
final class GrantSteps {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final Duration SHORTEST = Duration.ofMillis(400);
  private static final int TRIES = 6;
  private static final String KNOWN = "known words of the sensitive file, ";

  /** What the sensitive file holds. */
  static final String TEXT = KNOWN.repeat(10_000);

  private final Kmesh kmesh;
  private final Path cache;
  private long refusals;

  /**
   * Steps.
   *
   * @param cache where what is read is kept
   */
  GrantSteps(Kmesh kmesh, Path cache) {
    this.kmesh = kmesh;
    this.cache = cache;
  }

  /**
   * What came of it.
   *
   * @param problem what did not hold; empty when all did
   */
  record Outcome(long bytesRead, long refusals, long auditEntries, double seconds, String problem) {}

  /** Does it all; the flow is gone afterwards. */
  Outcome run(SecondSite site, String name) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    site.run(BurstPrograms.KEEP_SECRET);
    DataFlow flow =
        kmesh
            .dataFlows()
            .ensure(
                name,
                f ->
                    f.from(Endpoint.at(SecondSite.NAME, "data/vault"))
                        .to(Endpoint.directory(cache))
                        .access()
                        .sensitive("secret"))
            .start();
    flow.awaitInSync(LIMIT);
    String problem = problem(flow);
    List<AuditEntry> log;
    try (Stream<AuditEntry> all = flow.audit()) {
      log = all.toList();
    }
    for (Action action :
        List.of(Action.GRANTED, Action.OPENED, Action.READ, Action.EXPIRED, Action.REFUSED)) {
      if (problem.isEmpty() && log.stream().noneMatch(entry -> entry.action() == action)) {
        problem = "the audit log does not tell that something was " + action + ".";
      }
    }
    flow.delete();
    double seconds = (System.nanoTime() - begun) / 1e9;
    return new Outcome(TEXT.length(), refusals, log.size(), seconds, problem);
  }

  private String problem(DataFlow flow) throws IOException, InterruptedException {
    Path file = flow.fileSystem("alice").getPath("/secret/run7");
    if (!isRefused(file)) {
      return "a sensitive file was read without a grant.";
    }
    boolean isRead = false;
    Duration length = SHORTEST;
    for (int i = 0; i < TRIES && !isRead; i++) {
      // A busy machine may need longer than the grant is.
      FlowGrant grant =
          flow.grant(Grant.to("alice").path("secret").until(Instant.now().plus(length)));
      length = length.multipliedBy(2);
      String text = read(file);
      isRead = !text.isEmpty();
      if (isRead && !text.equals(TEXT)) {
        return "a granted file was read with other bytes.";
      }
      if (isKnownIn(cache)) {
        return "the cache has the words of a sensitive file.";
      }
      awaitEnd(flow, grant.id());
    }
    if (!isRead) {
      return "a granted file was not read in time.";
    }
    if (!isRefused(file)) {
      return "a sensitive file was read after its grant.";
    }
    return isKnownIn(cache) || hasSealed() ? "something of a grant that ended is left." : "";
  }

  /** The file, or nothing when the grant was over before. */
  private String read(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (AccessDeniedException e) {
      refusals++;
      return "";
    }
  }

  private boolean isRefused(Path file) throws IOException {
    return read(file).isEmpty();
  }

  private static void awaitEnd(DataFlow flow, String grant) throws InterruptedException {
    while (flow.grants().stream()
        .anyMatch(one -> one.id().equals(grant) && one.state() == FlowGrant.State.VALID)) {
      Thread.sleep(20);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static boolean isKnownIn(Path folder) throws IOException {
    for (Path file : files(folder)) {
      if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(KNOWN)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a folder of sealed bytes is left. */
  private boolean hasSealed() throws IOException {
    for (Path file : files(cache)) {
      if (file.toString().contains("/sealed/")) {
        return true;
      }
    }
    return false;
  }
}
