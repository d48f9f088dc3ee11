// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.link.Relay;
import io.kmesh.sites.Export;
import io.kmesh.spi.state.StateStore;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.testkit.time.WallTime;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Sites on loopback, each with a state, flows and trees of its own, that reach each other by ways
 * that can be cut. The first one has the authority. For one thread.
 */
final class SeveralSites implements AutoCloseable {
  private static final int MOST_TRIES = 200;
  private static final Pattern LINK = Pattern.compile(" is [^{]*(?= \\{)");

  /** A site: what it exports is below {@code exported}, by the name {@code data}. */
  static final class Site {
    final String name;
    final Path exported;
    final Path job;
    final Relay relay;
    Kmesh kmesh;

    /** What stands before its state when it is opened the next time. */
    UnaryOperator<StateStore> faults = state -> state;

    private final Path dir;
    private final MemoryState state = MemoryState.create(RunningTime.instance());
    private final WallTime time = new WallTime();
    private final Socket port = new Socket(); // bound and not listening: keeps the port
    private final Set<String> others;
    private final String address;

    Site(Path dir, String name, Set<String> all) throws IOException {
      this.dir = Files.createDirectories(dir.resolve(name));
      this.name = name;
      this.others = new HashSet<>(all);
      this.others.remove(name);
      this.exported = Files.createDirectories(this.dir.resolve("exported"));
      this.job = exported.resolve("job");
      port.setReuseAddress(true);
      port.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      this.address = "127.0.0.1:" + port.getLocalPort();
      this.relay = new Relay(address);
      this.kmesh = open();
    }

    /** Its tree, as other sites name it. */
    Endpoint at(String tree) {
      return Endpoint.at(name, "data/" + tree);
    }

    Endpoint own(String tree) {
      return Endpoint.directory(exported.resolve(tree));
    }

    /** While nobody listens, the system may give the port to somebody who dials it. */
    private Kmesh open() {
      for (int tries = 0; ; tries++) {
        try {
          return openNow();
        } catch (KmeshException e) {
          if (tries == MOST_TRIES || !(e.getCause() instanceof BindException)) {
            throw e;
          }
          Thread.onSpinWait();
        }
      }
    }

    private Kmesh openNow() {
      return Kmesh.builder()
          .state(faults.apply(state))
          .time(time)
          .flowFolder(dir.resolve("flows"))
          .site(dir.resolve("site"))
          .listenForEnrolment("127.0.0.1:0")
          .listen(address)
          .export(
              new Export("data", Endpoint.directory(exported), Export.Access.READ_WRITE, others))
          .build();
    }

    /** Ends its process, and begins another one. */
    void restart() {
      kmesh.close();
      kmesh = open();
    }

    /** Ends its process. */
    void end() {
      kmesh.close();
    }

    /** Begins another process. */
    void begin() {
      kmesh = open();
    }
  }

  final List<Site> all = new ArrayList<>();

  SeveralSites(Path dir, String... names) throws IOException {
    for (String name : names) {
      Site site = new Site(dir, name, Set.of(names));
      if (all.isEmpty()) {
        site.kmesh.sites().createAuthority(name, "127.0.0.1:1");
      } else {
        site.kmesh.sites().enrol(all.get(0).kmesh.sites().issueToken(name, Duration.ofMinutes(5)));
      }
      all.add(site);
    }
    for (Site from : all) {
      for (Site to : all) {
        if (from != to) {
          from.kmesh.sites().reach(to.name, to.relay.address());
        }
      }
    }
  }

  Site get(String name) {
    return all.stream().filter(site -> site.name.equals(name)).findFirst().orElseThrow();
  }

  /**
   * What users see of a tree. What arrived and is of no use may be there for a moment, also as a
   * further name of a file.
   */
  static Map<String, String> facts(Path tree) throws IOException {
    Map<String, String> facts = new TreeMap<>(TwoSites.facts(tree));
    facts.keySet().removeIf(path -> path.contains(".kmesh~"));
    Map<String, Long> names =
        facts.values().stream()
            .map(SeveralSites::linked)
            .filter(link -> !link.isEmpty())
            .collect(Collectors.groupingBy(link -> link, Collectors.counting()));
    facts.replaceAll(
        (path, line) -> {
          String link = linked(line);
          return names.getOrDefault(link, 2L) == 1 ? line.replace(link, "") : line;
        });
    return facts;
  }

  /** Of which file a line says that it is a name; empty when it says so of none. */
  private static String linked(String line) {
    Matcher link = LINK.matcher(line);
    return link.find() ? link.group() : "";
  }

  @Override
  public void close() throws IOException {
    for (Site site : all) {
      site.kmesh.close();
      site.relay.close();
      site.port.close();
    }
  }
}
