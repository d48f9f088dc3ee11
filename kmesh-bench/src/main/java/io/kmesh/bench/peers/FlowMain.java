// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.peers;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowStatus;
import io.kmesh.sites.Export;
import io.kmesh.state.SqliteState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * Data flows as processes of their own. Each prints a line of JSON.
 *
 * <ul>
 *   <li>{@code copy SOURCE TARGET HOME}: a flow between two directories, until the target durably
 *       shows the source. With the same HOME again it sends what changed since.
 *   <li>{@code send HOME SOURCE ENROL_AT SITE ADDRESS}: keeps the authority of two sites, writes a
 *       token to HOME/token, and when its standard input ends sends to the other site, until that
 *       durably shows the source.
 *   <li>{@code serve HOME DATA ADDRESS TOKEN_FILE}: the other site; prints where it listens, and
 *       runs until its standard input ends.
 *   <li>{@code follow FOLDER RATE SECONDS}: see {@link FollowJob}.
 * </ul>
 */
public final class FlowMain {
  static final Duration LIMIT = Duration.ofHours(2);
  private static final String EXPORT = "data";

  private FlowMain() {}

  /**
   * Runs a job.
   *
   * @param args as above
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 3) {
      System.err.println("Usage: copy|serve|send|follow ARGUMENTS; see the source.");
      System.exit(2);
    }
    Path first = Path.of(args[1]);
    switch (args[0]) {
      case "copy" -> copy(first, Path.of(args[2]), Path.of(args[3]));
      case "serve" -> serve(first, Path.of(args[2]), args[3], args[4]);
      case "send" -> send(first, Path.of(args[2]), args[3], args[4], args[5]);
      case "follow" -> FollowJob.run(first, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
      default -> throw new IOException("Cannot run " + args[0] + ": there is no such job.");
    }
  }

  private static void copy(Path source, Path target, Path home) throws IOException {
    Files.createDirectories(target);
    Files.createDirectories(home);
    try (SqliteState state = SqliteState.at(home.resolve("kmesh.db"));
        Kmesh kmesh = Kmesh.builder().state(state).flowFolder(home.resolve("flows")).build()) {
      DataFlow flow =
          kmesh
              .dataFlows()
              .ensure(
                  "copy",
                  f -> f.from(Endpoint.directory(source)).to(Endpoint.directory(target)).async())
              .start();
      flow.awaitInSync(LIMIT);
      print(flow.status());
      flow.stop();
    }
  }

  private static void serve(Path home, Path data, String address, String tokenFile)
      throws IOException {
    Files.createDirectories(home);
    Files.createDirectories(data);
    try (SqliteState state = SqliteState.at(home.resolve("kmesh.db"));
        Kmesh kmesh =
            Kmesh.builder()
                .state(state)
                .flowFolder(home.resolve("flows"))
                .site(home.resolve("site"))
                .listen(address)
                .export(
                    new Export(
                        EXPORT, Endpoint.directory(data), Export.Access.READ_WRITE, Set.of("lab")))
                .build()) {
      kmesh.sites().enrol(Files.readString(Path.of(tokenFile)).strip());
      System.out.println(kmesh.sites().listening().orElseThrow());
      System.out.flush();
      while (System.in.read() >= 0) {
        // Until whoever measures ends it.
      }
    }
  }

  /** Begins a mesh, waits until the other site has joined and listens, and sends. */
  private static void send(Path home, Path source, String enrolAt, String site, String address)
      throws IOException {
    Files.createDirectories(home);
    try (SqliteState state = SqliteState.at(home.resolve("kmesh.db"));
        Kmesh kmesh =
            Kmesh.builder()
                .state(state)
                .flowFolder(home.resolve("flows"))
                .site(home.resolve("site"))
                .listenForEnrolment(enrolAt)
                .build()) {
      kmesh.sites().createAuthority("lab", enrolAt);
      Path token = home.resolve("token.new");
      Files.writeString(
          token, kmesh.sites().issueToken(site, Duration.ofHours(1)), StandardCharsets.UTF_8);
      Files.move(token, home.resolve("token"));
      while (System.in.read() >= 0) {
        // Until the other site listens.
      }
      kmesh.sites().reach(site, address);
      long began = System.nanoTime();
      DataFlow flow =
          kmesh
              .dataFlows()
              .ensure(
                  "send",
                  f -> f.from(Endpoint.directory(source)).to(Endpoint.at(site, EXPORT)).async())
              .start();
      flow.awaitInSync(LIMIT);
      System.out.printf("{\"seconds\":%.3f}%n", (System.nanoTime() - began) / 1e9);
      print(flow.status());
      flow.stop();
    }
  }

  static void print(FlowStatus status) {
    System.out.printf(
        "{\"changes\":%d,\"bytesLogical\":%d,\"bytesOnWire\":%d,\"lagSecondsP50\":%.3f,"
            + "\"lagSecondsP99\":%.3f,\"problems\":%d}%n",
        status.changes(),
        status.logicalBytes(),
        status.wireBytes(),
        status.lagP50().toMillis() / 1e3,
        status.lagP99().toMillis() / 1e3,
        status.problems().size());
    if (!status.problems().isEmpty()) {
      System.err.println(status.problems());
      System.exit(1);
    }
  }
}
