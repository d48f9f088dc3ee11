// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CoordinatorAction;
import io.kmesh.lustre.CoordinatorAgent;
import io.kmesh.lustre.HsmCoordinator;
import io.kmesh.spi.lustre.LustreServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What this node tells of the HSM coordinators, which it does only where it serves their MDTs; on a
 * client there is nothing. Changes nothing.
 */
final class MountCoordinators {
  private final LustreServer server;

  MountCoordinators(LustreServer server) {
    this.server = server;
  }

  private List<HsmCoordinator> all() {
    List<HsmCoordinator> found = new ArrayList<>();
    for (int mdt : server.mdts()) {
      try {
        found.add(server.coordinator(mdt));
      } catch (IOException e) {
        // It is a help only; what it would have said shows in the steps.
      }
    }
    return found;
  }

  /** A line for each: whether it runs, its slots, what waits, how patient it is. */
  List<String> words() {
    return all().stream().map(MountCoordinators::words).toList();
  }

  private static String words(HsmCoordinator it) {
    List<CoordinatorAction> actions = it.actions().orElse(List.of());
    return "Coordinator of " + it.mdt() + ": " + it.control().orElse("?") + ", "
        + actions.stream().filter(CoordinatorAction::isStarted).count() + " of "
        + (it.maxRequests().isPresent() ? it.maxRequests().getAsLong() : "?") + " slots taken, "
        + actions.stream().filter(CoordinatorAction::isWaiting).count() + " waiting, "
        + it.agents().orElse(List.of()).size() + " agents, looks every "
        + it.loopPeriod().map(Duration::toSeconds).map(Object::toString).orElse("?") + " s"
        + lost(it) + ".";
  }

  /** Slots that a copytool left which was killed: others wait until they are given up. */
  private static String lost(HsmCoordinator it) {
    long slots = it.inferredLostSlots().orElse(0);
    return slots == 0
        ? ""
        : "; " + slots + " of the slots are held by actions that no agent has (inferred). What this"
            + " run's --work knows of is ended by it; the others go after "
            + it.activeRequestTimeout().map(Duration::toSeconds).map(Object::toString).orElse("?")
            + " s, or at once, with all that waits, by hsm_control=shutdown, enabled, purge, enabled";
  }

  /** What would keep requests for an archive from this run's copytool, with remedies. */
  List<String> obstacles(ArchiveId archive) {
    List<String> found = new ArrayList<>();
    for (HsmCoordinator it : all()) {
      String state = it.control().orElse("enabled");
      if (!state.equals("enabled")) {
        found.add(
            "The HSM coordinator of " + it.mdt() + " is " + state + ". Run here: lctl set_param mdt."
                + it.mdt() + ".hsm_control=enabled");
      }
      for (CoordinatorAgent agent : it.agents().orElse(List.of())) {
        if (serves(agent.archives(), archive)) {
          found.add(
              "A copytool of the client " + agent.uuid() + " serves archive " + archive + " of "
                  + it.mdt() + " (it says " + agent.archives() + "), and would get a part of this"
                  + " run's requests. End it, or name an archive that it does not serve by"
                  + " --archive-id.");
        }
      }
    }
    return found;
  }

  private static boolean serves(String archives, ArchiveId archive) {
    return archives.contains("ANY")
        || Arrays.asList(archives.split("\\D+", -1)).contains(archive.toString());
  }
}
