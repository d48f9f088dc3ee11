// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.Endpoint;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.DeleteGuard;
import io.kmesh.flows.FlowStatus;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.unit.Percent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A second site on a cluster of a mock cloud: a tree of the Lustre flows to it while it changes,
 * the link is cut and the other process is killed; then the direction is switched, and something
 * sensitive of it is read here under a grant.
 */
final class FlowSteps {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int CUTS = 4;

  private final Lab lab;
  private final Journal journal;
  private final Screen screen;
  private final Path work;
  private final int changes;
  private final long seed;

  FlowSteps(Lab lab, Journal journal, Screen screen, Path work, int changes, long seed) {
    this.lab = lab;
    this.journal = journal;
    this.screen = screen;
    this.work = work;
    this.changes = changes;
    this.seed = seed;
  }

  /** The tree in the Lustre that flowed; the storm is below {@code tree}. */
  PathBytes top() {
    return PathBytes.of("storm-" + journal.number("flow.attempt", 1));
  }

  /** The folder of the simulated Lustre that it came to, which nobody has open any more. */
  Path cluster() throws IOException {
    return BurstSite.folder(work.resolve("burst"), BurstPlace.of(journal.text("flow.place", "")));
  }

  /** Where it is in there. */
  PathBytes arrived() {
    return BurstSite.DATA.resolve(PathBytes.of("job")).resolve(PathBytes.of("tree"));
  }

  /** Does it all, from the start on when a run was killed in it. */
  long run() throws IOException, InterruptedException {
    if (journal.number("flow.attempt", 0) > 0) {
      lab.kmesh().dataFlows().find(name()).ifPresent(DataFlow::delete);
      lab.kmesh().dataFlows().find(view()).ifPresent(DataFlow::delete);
      remove(work.resolve("burst"));
    }
    journal.add("flow.attempt", 1);
    journal.save();
    makeTop();
    lab.beSite();
    try (CutLink link = new CutLink();
        SecondSite burst = new SecondSite(work.resolve("burst"), lab.kmesh(), link)) {
      burst.start(true);
      screen.say("  the second site is " + burst.place() + ".");
      journal.set("flow.place", burst.place().line());
      BurstPlace first = burst.place();
      FlowStorm storm = new FlowStorm(lab.tree(), top().resolve(PathBytes.of("tree")), seed);
      for (int i = 0; i < changes / 10; i++) {
        storm.step();
      }
      Map<Integer, String> users = lab.registerChangelogUsers();
      DataFlow flow = flow(users).start();
      flow.awaitInSync(LIMIT);
      storm(storm, flow, burst, link);
      if (!burst.place().equals(first)) {
        throw new IOException(
            "The second site is " + burst.place() + " after its restart; it was " + first + ".");
      }
      flow.awaitInSync(LIMIT);
      keep(flow.status(), storm);
      turn(flow, burst);
      grant(burst);
      flow.delete();
      lab.dropChangelogUsers(users);
      return storm.bytes();
    }
  }

  private String name() {
    return "burst-" + journal.number("flow.attempt", 1);
  }

  /** The flow that gives access to what is sensitive at the second site. */
  private String view() {
    return name() + "-view";
  }

  private void grant(SecondSite burst) throws IOException, InterruptedException {
    GrantSteps.Outcome outcome =
        new GrantSteps(lab.kmesh(), work.resolve("view")).run(burst, view());
    journal.set("grant.bytes", outcome.bytesRead());
    journal.set("grant.refusals", outcome.refusals());
    journal.set("grant.audit", outcome.auditEntries());
    journal.set("grant.millis", (long) (outcome.seconds() * 1e3));
    journal.set("grant.problem", outcome.problem());
    screen.say(
        "  a sensitive file was granted, read, and expired; "
            + outcome.auditEntries()
            + " entries in the audit log.");
  }

  private void makeTop() throws IOException {
    try (PosixDirectory root = lab.tree().openRoot()) {
      if (root.find(top()).isEmpty()) {
        root.makeDirectory(top(), 0755);
      }
      try (PosixDirectory top = root.openDirectory(top())) {
        if (top.find(PathBytes.of("tree")).isEmpty()) {
          top.makeDirectory(PathBytes.of("tree"), 0755);
        }
      }
    }
  }

  private DataFlow flow(Map<Integer, String> users) {
    return lab.kmesh()
        .dataFlows()
        .ensure(
            name(),
            f -> {
              f.from(new Endpoint.LustrePath("lab", top()))
                  .to(Endpoint.at(SecondSite.NAME, "data/job"))
                  .async()
                  // On a busy machine one look finds so many removals that somebody would be asked.
                  .deleteGuard(new DeleteGuard(0, new Percent(100)));
              users.forEach(f::changelogUser);
            });
  }

  /** The storm: cuts are spread over it, and in its middle the other process is killed. */
  private void storm(FlowStorm storm, DataFlow flow, SecondSite burst, CutLink link)
      throws IOException, InterruptedException {
    int left = changes - changes / 10;
    for (int i = 0; i < left; i++) {
      storm.step();
      if (i % (left / CUTS + 1) == left / CUTS) {
        link.cut();
      }
      if (i == left / 2) {
        burst.kill();
      }
      if (i == left / 2 + left / 20) {
        burst.start(false);
      }
      if (i % 1000 == 0) {
        FlowStatus now = flow.status();
        screen.progress(i, left, now.logicalBytes(), 0);
      }
    }
    StringBuilder kinds = new StringBuilder();
    storm.counts().forEach((kind, count) -> kinds.append(' ').append(kind).append(' ').append(count));
    screen.say("  changes:" + kinds);
  }

  private void keep(FlowStatus status, FlowStorm storm) {
    journal.set("flow.changes", changes);
    journal.set(
        "flow.least", storm.counts().values().stream().mapToInt(Integer::intValue).min().orElse(0));
    journal.set("flow.lagP50", status.lagP50().toMillis());
    journal.set("flow.lagP99", status.lagP99().toMillis());
    journal.set("flow.logical", status.logicalBytes());
    journal.set("flow.wire", status.wireBytes());
    journal.set("flow.reconnects", status.reconnects());
  }

  /** Switched, the other site's program changes files, and the difference alone comes back. */
  private void turn(DataFlow flow, SecondSite burst) throws IOException {
    flow.switchDirection(LIMIT);
    burst.run(BurstPrograms.CHANGE + " " + seed);
    flow.awaitInSync(LIMIT);
    screen.say("  switched; " + Screen.size(flow.status().logicalBytes()) + " came back.");
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
