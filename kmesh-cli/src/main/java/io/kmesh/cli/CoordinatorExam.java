// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.ChangelogUser;
import io.kmesh.lustre.ChangelogUsers;
import io.kmesh.lustre.CoordinatorAction;
import io.kmesh.lustre.CoordinatorAgent;
import io.kmesh.lustre.HsmCoordinator;
import io.kmesh.spi.lustre.LustreServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What doctor asks of the coordinators and changelog users, which exist on servers. Elsewhere it
 * names the commands to run there.
 */
final class CoordinatorExam {
  private final LustreServer server;
  private final Diagnosis found;

  CoordinatorExam(LustreServer server, Diagnosis found) {
    this.server = server;
    this.found = found;
  }

  /**
   * Asks.
   *
   * @param mdts how many MDTs the file system has; -1 when that is not known
   */
  void of(Diagnosis.Section section, String fileSystem, int mdts) {
    Set<Integer> served = server.mdts();
    ArrayNode all = section.json().putArray("coordinators");
    for (int mdt : served) {
      ObjectNode json = all.addObject();
      String name = LustreServer.nameOf(fileSystem, mdt);
      json.put("mdt", name);
      try {
        coordinator(section, json, server.coordinator(mdt));
      } catch (IOException e) {
        section.say("coordinator", name + ": ? " + MountExam.words(e));
      }
      try {
        users(section, json, name, server.changelogUsers(mdt));
      } catch (IOException e) {
        section.say("changelog of", name + ": ? " + MountExam.words(e));
      }
    }
    if (mdts < 0 || served.size() < mdts) {
      String targets = fileSystem + "-MDT*";
      String command =
          "lctl get_param mdt."
              + targets
              + ".hsm_control mdt."
              + targets
              + ".hsm.{max_requests,agents,actions}";
      String users = "lctl get_param mdd." + targets + ".changelog_users";
      section.json().put("coordinatorCommand", command).put("changelogUsersCommand", users);
      section.say(
          "coordinator",
          served.isEmpty()
              ? "not to be seen from a client"
              : "those of other servers: not from here");
      found.unknown(
          "The HSM coordinators and changelog users of " + fileSystem,
          "they are on its servers; inferred from here: a request that ends in EAGAIN has met one"
              + " that is off, one that waits for ever has no agent or no free slot",
          "Run on each MDS: " + command + "; " + users);
    }
  }

  private void coordinator(Diagnosis.Section section, ObjectNode json, HsmCoordinator it) {
    String mdt = it.mdt();
    String state = it.control().orElse("?");
    String most = text(it.maxRequests());
    List<CoordinatorAction> actions = it.actions().orElse(List.of());
    List<CoordinatorAgent> agents = it.agents().orElse(List.of());
    List<CoordinatorAction> started =
        actions.stream().filter(CoordinatorAction::isStarted).toList();
    List<CoordinatorAction> waiting =
        actions.stream().filter(CoordinatorAction::isWaiting).toList();
    json.put("control", state).put("maxRequests", most);
    ObjectNode parameters = json.putObject("parameters");
    it.parameters().forEach(parameters::put);
    json.put("started", started.size()).put("waiting", waiting.size());
    ArrayNode registered = json.putArray("agents");
    agents.forEach(
        a ->
            registered
                .addObject()
                .put("uuid", a.uuid())
                .put("archives", a.archives())
                .put("current", a.current()));
    section.say(
        "coordinator",
        mdt
            + ": "
            + state
            + ", slots "
            + (it.actions().isPresent() ? Integer.toString(started.size()) : "?")
            + " of "
            + most
            + " taken, "
            + waiting.size()
            + " waiting, agents "
            + agents.size());
    section.say("", settings(it));
    agents.forEach(
        a ->
            section.say(
                "",
                "agent "
                    + a.uuid()
                    + ", archives "
                    + a.archives()
                    + ", has "
                    + a.current()
                    + " actions"));
    unknown(section, json, it.unknown());
    if (!state.equals("?") && !state.equals("enabled")) {
      found.wrong(
          "HSM on " + mdt,
          "its coordinator is " + state,
          "Run here: lctl set_param mdt." + mdt + ".hsm_control=enabled");
    }
    slots(json, it, started, most);
    if (it.agents().isPresent() && agents.isEmpty() && !waiting.isEmpty()) {
      found.wrong(
          waiting.size() + " HSM actions that wait on " + mdt,
          "no copytool is registered",
          "Start one for their archives: "
              + waiting.stream().map(CoordinatorAction::archive).distinct().sorted().toList());
    }
  }

  private static String text(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : "?";
  }

  private static String settings(HsmCoordinator it) {
    return "looks every "
        + it.loopPeriod().map(CoordinatorExam::seconds).orElse("?")
        + ", gives up after "
        + it.activeRequestTimeout().map(CoordinatorExam::seconds).orElse("?")
        + ", lists what ended for "
        + it.graceDelay().map(CoordinatorExam::seconds).orElse("?")
        + ", policy "
        + it.policies().map(CoordinatorExam::words).orElse("?")
        + ", users may "
        + it.userRequestMask().map(CoordinatorExam::words).orElse("?")
        + ", groups "
        + it.groupRequestMask().map(CoordinatorExam::words).orElse("?")
        + ", others "
        + it.otherRequestMask().map(CoordinatorExam::words).orElse("?");
  }

  private static String seconds(Duration time) {
    return time.toSeconds() + " s";
  }

  private static String words(Set<String> words) {
    return words.isEmpty() ? "nothing" : String.join(" ", words);
  }

  private static void unknown(Diagnosis.Section section, ObjectNode json, List<String> lines) {
    if (!lines.isEmpty()) {
      ArrayNode all = json.withArray("unknown");
      lines.forEach(all::add);
      section.say("", lines.size() + " lines of an unknown form; the first: " + lines.get(0));
    }
  }

  /** Actions that were sent and that no agent has any more keep their slots for long. */
  private void slots(
      ObjectNode json, HsmCoordinator it, List<CoordinatorAction> started, String most) {
    ArrayNode cookies = json.putArray("startedActions");
    started.forEach(
        a ->
            cookies
                .addObject()
                .put("fid", a.fid().toString())
                .put("cookie", Long.toHexString(a.cookie()))
                .put("action", a.action())
                .put("archive", a.archive().toString()));
    long lost = it.inferredLostSlots().orElse(0);
    json.put("lost", lost);
    if (lost == 0 && !started.isEmpty() && most.equals(Integer.toString(started.size()))) {
      found.unknown(
          "Whether the " + most + " actions move that take all slots of " + it.mdt(),
          "agents say that they have them; what else comes waits",
          "Look again; with many small files raise hsm.max_requests: lctl set_param mdt."
              + it.mdt()
              + ".hsm.max_requests=256");
    }
    if (lost > 0) {
      CoordinatorAction first = started.get(0);
      String set = "lctl set_param mdt." + it.mdt() + ".hsm_control=";
      found.wrong(
          lost + " of " + most + " slots of the coordinator of " + it.mdt(),
          started.size()
              + " actions are STARTED and agents have "
              + (started.size() - lost)
              + " of them: a copytool that ended never answered (inferred); the first is "
              + first.action()
              + " of "
              + first.fid(),
          "They go by themselves after hsm.active_request_timeout. At once, and with all that"
              + " waits cancelled, run here one after the other: "
              + set
              + "shutdown; "
              + set
              + "enabled; "
              + set
              + "purge; "
              + set
              + "enabled");
    }
  }

  private static void users(
      Diagnosis.Section section, ObjectNode json, String mdt, ChangelogUsers it) {
    List<ChangelogUser> users = it.users();
    it.lastIndex().ifPresent(last -> json.put("changelogLastIndex", last));
    ArrayNode all = json.putArray("changelogUsers");
    users.forEach(
        u ->
            all.addObject()
                .put("id", u.id())
                .put("index", u.index())
                .put("idleSeconds", u.idle().map(Duration::toSeconds).orElse(-1L)));
    section.say(
        "changelog of",
        mdt
            + ": "
            + (users.isEmpty()
                ? "no user is registered, so nothing is recorded"
                : "users "
                    + String.join(
                        ", ", users.stream().map(u -> u.id() + " at " + u.index()).toList())));
    unknown(section, json, it.unknown());
  }
}
