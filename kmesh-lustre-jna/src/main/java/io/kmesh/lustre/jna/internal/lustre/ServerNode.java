// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.ChangelogUsers;
import io.kmesh.lustre.CoordinatorAction;
import io.kmesh.lustre.CoordinatorAgent;
import io.kmesh.lustre.HsmCoordinator;
import io.kmesh.lustre.jna.internal.host.LustreParameters;
import io.kmesh.lustre.jna.internal.wire.ServerText;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreServer;
import io.kmesh.spi.lustre.OnServerOnlyException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The MDTs that this node serves, by the parameters of its kernel. Thread-safe. */
public final class ServerNode implements LustreServer {
  private static final Pattern INDEX = Pattern.compile("[0-9a-f]{4}");
  private static final Set<String> LISTS = Set.of("actions", "agents", "active_requests");

  private final LustreParameters parameters;
  private final String fileSystem;

  /** Those of a file system. */
  public ServerNode(LustreParameters parameters, String fileSystem) {
    this.parameters = parameters;
    this.fileSystem = fileSystem;
  }

  /** Those of a file system, on this machine. */
  static ServerNode ofMachine(String fileSystem) {
    return new ServerNode(LustreParameters.ofMachine(), fileSystem);
  }

  private String nameOf(int mdt) {
    return LustreServer.nameOf(fileSystem, mdt);
  }

  @Override
  public Set<Integer> mdts() {
    String head = fileSystem + "-MDT";
    Set<Integer> found = new TreeSet<>();
    for (String name : parameters.names("mdt")) {
      if (name.startsWith(head) && INDEX.matcher(name.substring(head.length())).matches()) {
        found.add(Integer.parseInt(name.substring(head.length()), 16));
      }
    }
    return found;
  }

  private String served(int mdt, OnServerOnlyException elsewhere) throws OnServerOnlyException {
    if (!mdts().contains(mdt)) {
      throw elsewhere;
    }
    return nameOf(mdt);
  }

  @Override
  public HsmCoordinator coordinator(int mdt) throws IOException {
    String name = served(mdt, LustreServer.coordinatorElsewhere(nameOf(mdt)));
    String folder = "mdt/" + name + "/hsm";
    TreeMap<String, String> words = new TreeMap<>();
    parameters.read("mdt/" + name + "/hsm_control").ifPresent(t -> words.put("hsm_control", t));
    for (String parameter : parameters.names(folder)) {
      if (!LISTS.contains(parameter)) {
        parameters
            .read(folder + "/" + parameter)
            .filter(text -> text.indexOf('\n') < 0)
            .ifPresent(text -> words.put(parameter, text.strip()));
      }
    }
    List<String> unknown = new ArrayList<>();
    @Nullable List<CoordinatorAction> actions =
        list(parameters.lines(folder + "/actions").map(ServerText::actions), unknown);
    @Nullable List<CoordinatorAgent> agents =
        list(parameters.lines(folder + "/agents").map(ServerText::agents), unknown);
    return new HsmCoordinator(name, words, actions, agents, unknown);
  }

  private static <T> @Nullable List<T> list(
      Optional<ServerText.Lines<T>> lines, List<String> unknown) {
    if (lines.isEmpty()) {
      return null;
    }
    unknown.addAll(lines.get().unknown());
    return lines.get().entries();
  }

  @Override
  public ChangelogUsers changelogUsers(int mdt) throws IOException {
    String name = served(mdt, LustreServer.changelogUsersElsewhere(nameOf(mdt)));
    Optional<List<String>> lines = parameters.lines("mdd/" + name + "/changelog_users");
    if (lines.isEmpty()) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot read the changelog users of "
              + name
              + ": this node serves it, but mdd."
              + name
              + ".changelog_users can't be read by this process. Run it as root.");
    }
    return ServerText.users(lines.get());
  }
}
