// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/**
 * Sites that change one tree at once, over any connected links that lose, repeat and mix up what
 * they carry, with restarts and clocks that jump: they end with the same registers, the same tree,
 * and no lost bytes. A failing seed is printed and fails again.
 */
class MergeModelTest {
  private static final int MOST_ROUNDS = 40;

  @Property(tries = 1000)
  void sites_afterAQuietTime_areEqual(@ForAll long seed) throws IOException {
    new Run(seed, 24).run();
  }

  @Tag("soak")
  @Property(tries = 40_000)
  void sites_afterALongTime_areEqual(@ForAll long seed) throws IOException {
    new Run(seed, 250).run();
  }

  static final class Run {
    private final long seed;
    private final int steps;
    private final Random random;
    private final MergePolicy policy;
    private final List<ModelSite> sites = new ArrayList<>();
    private final List<ModelSite.Bytes> bytes = new ArrayList<>();
    private final List<int[]> edges = new ArrayList<>();
    private final List<ModelSite.Batch> old = new ArrayList<>();
    private long lastSize;

    Run(long seed, int steps) throws IOException {
      this.seed = seed;
      this.steps = steps;
      this.random = new Random(seed);
      int count = 2 + random.nextInt(4);
      this.policy =
          switch (random.nextInt(4)) {
            case 0 -> MergePolicy.NEWEST;
            case 1 -> MergePolicy.sites(List.of(2L, 1L));
            default -> MergePolicy.KEEP_BOTH;
          };
      for (int i = 0; i < count; i++) {
        bytes.add(new ModelSite.Bytes());
        sites.add(new ModelSite(i + 1L, policy, bytes.get(i)));
        if (i > 0) {
          edges.add(new int[] {i, random.nextInt(i)});
        }
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        edges.add(new int[] {random.nextInt(count), random.nextInt(count)});
      }
    }

    void run() throws IOException {
      for (int step = 0; step < steps; step++) {
        ModelSite site = sites.get(random.nextInt(sites.size()));
        switch (random.nextInt(10)) {
          case 0 -> site.clock += random.nextInt(40) - 15;
          case 1, 2, 3 -> exchangeSome();
          default -> use(site);
        }
      }
      settleAll();
      compare();
      if (random.nextInt(4) == 0) {
        collect();
      }
    }

    private void settleAll() throws IOException {
      int rounds = 0;
      while (exchangeAll()) {
        assertThat(++rounds).as("rounds of seed %d", seed).isLessThan(MOST_ROUNDS);
      }
    }

    /** Drops what all know to be gone, goes on, and compares again. */
    private void collect() throws IOException {
      Map<String, String> tree = sites.get(0).tree();
      for (ModelSite site : sites) {
        site.collect();
        assertSame("tree", tree, site.tree());
        assertThat(site.tombstones()).as("tombstones of seed %d", seed).isZero();
      }
      old.clear(); // a session that ended repeats nothing
      for (int step = 0; step < 10; step++) {
        use(sites.get(random.nextInt(sites.size())));
        exchangeSome();
      }
      settleAll();
      compare();
    }

    private void use(ModelSite site) throws IOException {
      site.commit(); // what users see is a tree
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        change(site);
      }
      if (random.nextInt(12) == 0) {
        site.crash();
      } else {
        site.commit();
        if (random.nextInt(12) == 0) {
          site.crash();
        }
      }
    }

    private PathBytes anyName() {
      return PathBytes.of(String.valueOf((char) ('a' + random.nextInt(4))));
    }

    private void change(ModelSite site) throws IOException {
      List<Link> links = site.links();
      List<NodeId> directories = new ArrayList<>(List.of(NodeId.ROOT));
      for (Link link : links) {
        Node node = site.at(link);
        if (node.isDirectory()) {
          directories.add(node.id());
        }
      }
      Link to = new Link(directories.get(random.nextInt(directories.size())), anyName());
      boolean isFree = !site.exists(to);
      if (links.isEmpty() || random.nextInt(3) == 0) {
        if (isFree) {
          create(site, to);
        }
        return;
      }
      Link from = links.get(random.nextInt(links.size()));
      Node node = site.at(from);
      switch (random.nextInt(8)) {
        case 0, 1 -> {
          if (node.isRegular()) {
            site.write(from, ++lastSize);
          }
        }
        case 2 -> site.chmod(from, random.nextInt(0777));
        case 3, 4 -> rename(site, from, node, to);
        case 5 -> {
          if (isFree && !node.isDirectory()) {
            site.name(to, node.id());
          }
        }
        case 6 -> site.removeAll(from);
        default -> {
          if (!node.isDirectory()) {
            site.name(from, null);
          }
        }
      }
    }

    private void create(ModelSite site, Link to) throws IOException {
      switch (random.nextInt(7)) {
        case 0, 1, 2 -> site.create(to, FileType.DIRECTORY, 0, site.clock);
        case 3 -> site.create(to, FileType.SYMLINK, random.nextInt(3), site.clock);
        // Was there before the sites knew each other: equal, or nearly.
        case 4 -> site.create(to, FileType.REGULAR, 1_000_000 + random.nextInt(3), 7);
        default -> site.create(to, FileType.REGULAR, ++lastSize, site.clock);
      }
    }

    private void rename(ModelSite site, Link from, Node node, Link to) throws IOException {
      if (from.equals(to) || (node.isDirectory() && site.isBelow(to.parent(), node.id()))) {
        return;
      }
      if (site.exists(to)) {
        Node over = site.at(to);
        if (over.id().equals(node.id())
            || over.isDirectory() != node.isDirectory()
            || (over.isDirectory() && !site.children(over.id()).isEmpty())) {
          return;
        }
      }
      site.name(to, node.id());
      site.name(from, null);
    }

    /** Some batches over one link in one direction, maybe not to the end. */
    private void exchangeSome() throws IOException {
      int[] edge = edges.get(random.nextInt(edges.size()));
      boolean isBack = random.nextBoolean();
      ModelSite from = sites.get(edge[isBack ? 1 : 0]);
      ModelSite to = sites.get(edge[isBack ? 0 : 1]);
      if (from == to) {
        return;
      }
      from.commitPart(); // what is told is durable
      long after = to.storedOf(from);
      if (random.nextInt(10) == 0) {
        after = after == 0 ? 0 : random.nextInt((int) after); // told again
      }
      if (!old.isEmpty() && random.nextInt(10) == 0) {
        ModelSite.Batch again = old.get(random.nextInt(old.size()));
        if (again.from() != to.replica) {
          to.take(new ModelSite.Batch(again.from(), 0, false, again.registers()));
        }
      }
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        ModelSite.Batch batch = from.batch(after, 1 + random.nextInt(12));
        if (random.nextInt(10) == 0) {
          return; // lost, and all that follows: nothing was committed
        }
        old.add(batch);
        to.take(batch);
        after = batch.to();
        if (batch.isLast()) {
          break;
        }
        if (random.nextBoolean()) {
          to.commitPart();
        }
      }
      if (random.nextInt(8) == 0) {
        to.crash();
      } else if (random.nextInt(3) == 0) {
        to.commitPart();
      } else {
        to.commit();
      }
    }

    /** All over all links; whether anything changed. */
    private boolean exchangeAll() throws IOException {
      boolean isChanged = false;
      for (int[] edge : edges) {
        for (int[] way : new int[][] {edge, {edge[1], edge[0]}}) {
          ModelSite from = sites.get(way[0]);
          ModelSite to = sites.get(way[1]);
          if (from == to) {
            continue;
          }
          from.commit();
          long before = to.lastSeq();
          to.take(from.batch(to.storedOf(from), Integer.MAX_VALUE));
          to.commit();
          isChanged |= to.lastSeq() != before;
        }
      }
      return isChanged;
    }

    private void assertSame(String what, Map<String, String> one, Map<String, String> other) {
      Set<Map.Entry<String, String>> more = new LinkedHashSet<>(one.entrySet());
      Set<Map.Entry<String, String>> less = new LinkedHashSet<>(other.entrySet());
      more.removeAll(other.entrySet());
      less.removeAll(one.entrySet());
      assertThat(more).as("%s of seed %d, there are %s", what, seed, less).isEmpty();
      assertThat(less).as("%s of seed %d", what, seed).isEmpty();
    }

    private void compare() throws IOException {
      Map<String, String> registers = sites.get(0).registers();
      Map<String, String> tree = sites.get(0).tree();
      Set<Long> sizes = sites.get(0).sizes();
      for (ModelSite site : sites.subList(1, sites.size())) {
        assertSame("registers", registers, site.registers());
        assertSame("tree", tree, site.tree());
      }
      if (policy.keep() == MergePolicy.Keep.BOTH) {
        Set<Long> missing = new TreeSet<>();
        bytes.forEach(b -> missing.addAll(b.written));
        bytes.forEach(b -> missing.removeAll(b.given));
        missing.removeAll(sizes);
        assertThat(missing).as("lost bytes of seed %d", seed).isEmpty();
      }
    }
  }
}
