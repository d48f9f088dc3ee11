// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.replica.HostileMessages;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;

/**
 * A peer that wishes ill speaks to a target: it may be parted with, but nothing is written outside
 * the tree, and the target goes on, and takes what an honest source tells.
 */
class HostilePeerTest {
  @Property(tries = 3, shrinking = ShrinkingMode.OFF)
  void whateverAPeerSays_theTargetLives(@ForAll long seed) throws Exception {
    run(seed, 300);
  }

  @Tag("soak")
  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void whateverAPeerSays_theTargetLives_forLong(@ForAll long seed) throws Exception {
    run(seed, 1500);
  }

  private static void run(long seed, int messages) throws Exception {
    try (TwoSites sites = new TwoSites(seed, TwoSites.Finding.BY_SCAN)) {
      Path outside = Files.createDirectory(sites.folder().resolve("outside"));
      Files.writeString(outside.resolve("secret"), "secret");
      attack(sites, new Random(seed), messages);
      assertThat(Files.readString(outside.resolve("secret"))).isEqualTo("secret");
      assertThat(names(outside)).containsExactly("secret");
      assertThat(names(sites.folder())).containsExactlyInAnyOrder("outside", "source", "target");

      sites.steps.makeDirectory(PathBytes.of("honest"));
      sites.steps.write(PathBytes.of("honest/file"), 100);
      Path file = sites.folder().resolve("target/honest/file");
      for (int i = 0; i < 60 && !Files.exists(file); i++) {
        sites.join();
        sites.round();
      }
      assertThat(Files.size(file)).isEqualTo(100);
    } catch (AssertionError | Exception e) {
      throw new AssertionError("With seed " + seed + ": " + e, e);
    }
  }

  private static void attack(TwoSites sites, Random random, int messages) throws Exception {
    HostileMessages says = new HostileMessages("f", 5, random);
    Replica target = sites.target();
    HostileWay way = new HostileWay();
    way.broken = "not begun";
    for (int i = 0; i < messages; i++) {
      if (way.broken != null) {
        target.detach(way);
        way = new HostileWay();
        target.attach(way);
        target.received(way, says.greeting());
      }
      try {
        if (random.nextInt(3) == 0) {
          target.receivedBulk(says.bulk());
        } else {
          target.received(way, says.ordered());
        }
      } catch (ProviderException e) {
        way.abort(e.getMessage());
      }
      if (random.nextInt(4) == 0) {
        target.step();
        sites.time.advance(java.time.Duration.ofMillis(random.nextInt(3000)));
      }
    }
    target.detach(way);
    target.step();
  }

  private static Stream<String> names(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(p -> p.getFileName().toString()).toList().stream();
    }
  }
}
