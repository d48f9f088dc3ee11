// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ChangelogUser;
import io.kmesh.lustre.ChangelogUsers;
import io.kmesh.lustre.CoordinatorAction;
import io.kmesh.lustre.CoordinatorAgent;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmCoordinator;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.LustreServer;
import io.kmesh.testkit.lustre.ChangelogAdmin;
import io.kmesh.testkit.lustre.Coordinator;
import io.kmesh.testkit.lustre.CoordinatorPolicy;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.CopytoolAgent;
import io.kmesh.testkit.lustre.LastUnlink;
import io.kmesh.testkit.lustre.QueuedAction;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What the servers of the simulated MDTs tell; every node is one. Thread-safe. */
public final class SimServer implements LustreServer {
  private final String fileSystem;
  private final Coordinator coordinators;
  private final ChangelogAdmin changelogs;

  /** That of a file system. */
  public SimServer(String fileSystem, Coordinator coordinators, ChangelogAdmin changelogs) {
    this.fileSystem = fileSystem;
    this.coordinators = coordinators;
    this.changelogs = changelogs;
  }

  @Override
  public Set<Integer> mdts() {
    return new TreeSet<>(coordinators.mdts());
  }

  private String nameOf(int mdt) throws IOException {
    if (!coordinators.mdts().contains(mdt)) {
      throw Refusals.of(
          Errno.ENODEV,
          "Cannot ask MDT" + mdt + ": ENODEV, there is no such MDT. Name one of " + mdts() + ".");
    }
    return LustreServer.nameOf(fileSystem, mdt);
  }

  @Override
  public HsmCoordinator coordinator(int mdt) throws IOException {
    String name = nameOf(mdt);
    CoordinatorSettings settings = coordinators.settings(mdt);
    TreeMap<String, String> parameters = new TreeMap<>();
    parameters.put("hsm_control", coordinators.state(mdt).name().toLowerCase(Locale.ROOT));
    parameters.put("max_requests", Integer.toString(settings.maxRequests()));
    parameters.put("loop_period", seconds(settings.loopPeriod()));
    parameters.put("active_request_timeout", seconds(settings.activeRequestTimeout()));
    parameters.put("grace_delay", seconds(settings.graceDelay()));
    parameters.put("default_archive_id", settings.defaultArchiveId().toString());
    parameters.put("policy", policy(settings.policy()));
    parameters.put(
        "remove_archive_on_last_unlink",
        settings.lastUnlink() == LastUnlink.REMOVE_ARCHIVE ? "1" : "0");
    parameters.put("user_request_mask", mask(settings.ownerRequests()));
    parameters.put("group_request_mask", mask(settings.otherRequests()));
    parameters.put("other_request_mask", mask(settings.otherRequests()));
    return new HsmCoordinator(
        name,
        parameters,
        coordinators.actions(mdt).stream().map(SimServer::action).toList(),
        coordinators.agents(mdt).stream().map(SimServer::agent).toList(),
        List.of());
  }

  private static String seconds(Duration time) {
    return Long.toString(time.toSeconds());
  }

  private static String policy(Set<CoordinatorPolicy> on) {
    return word("NonBlockingRestore", on.contains(CoordinatorPolicy.NON_BLOCKING_RESTORE))
        + " "
        + word("NoRetryAction", on.contains(CoordinatorPolicy.NO_RETRY_ACTION));
  }

  private static String word(String name, boolean isOn) {
    return isOn ? "[" + name + "]" : name;
  }

  private static String mask(Set<HsmActionKind> actions) {
    return actions.stream().sorted().map(HsmActionKind::name).collect(Collectors.joining(" "));
  }

  private static CoordinatorAction action(QueuedAction a) {
    return new CoordinatorAction(
        a.fid(), a.dataFid(), a.cookie(), a.action().name(), a.archiveId(), a.status().name());
  }

  private static CoordinatorAgent agent(CopytoolAgent a) {
    String archives =
        a.archives().isEmpty()
            ? "ANY"
            : a.archives().stream().sorted().map(Object::toString).collect(Collectors.joining(","));
    return new CoordinatorAgent(a.uuid(), archives, a.current(), a.succeeded(), a.failed());
  }

  @Override
  public ChangelogUsers changelogUsers(int mdt) throws IOException {
    nameOf(mdt);
    List<ChangelogUser> users =
        changelogs.users(mdt).stream()
            .map(user -> new ChangelogUser(user.id(), user.cleared(), null))
            .toList();
    return new ChangelogUsers(changelogs.lastIndex(mdt), users, List.of());
  }
}
