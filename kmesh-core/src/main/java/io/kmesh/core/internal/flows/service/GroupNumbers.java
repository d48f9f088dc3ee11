// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.service.ShareJson.Share;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The numbers of trees in groups that several sites have: given by the site that made the first
 * flow, which each other one asks by way of whose flow it has. None is given twice. The greatest
 * one that went by is kept: docs/format/flow-spec.md, version 0. For who holds the lock of groups.
 */
final class GroupNumbers implements MasterGroups.Numbers {
  private static final int FORMAT = 0;
  private static final String GROUP = "flow.group";
  private static final Set<String> FIELDS = Set.of("format", "last");

  private final StateStore state;
  private final SiteLinks links;
  private final Groups groups;

  /** Which flows share trees now. */
  @FunctionalInterface
  interface Groups {
    /** Reads it. */
    MasterGroups read() throws IOException;
  }

  GroupNumbers(StateStore state, SiteLinks links, Groups groups) {
    this.state = state;
    this.links = links;
    this.groups = groups;
  }

  private Optional<Integer> last(String group) throws IOException {
    Optional<StateRecord> record = state.find(new RecordKey(GROUP, group));
    return record.isEmpty() ? Optional.empty() : Optional.of(decode(group, record.get().payload()));
  }

  static byte[] encode(int last) {
    return SpecJson.encode(SpecJson.object(FORMAT).put("last", last));
  }

  static int decode(String group, byte[] bytes) throws IOException {
    return SpecJson.decode(
        "group of flows",
        group,
        FORMAT,
        bytes,
        json -> {
          SpecJson.onlyFields(json, FIELDS);
          int last = SpecJson.required(json, "last").asInt(-1);
          if (last < 0 || last > MasterGroup.LAST) {
            throw new IllegalArgumentException("\"last\" is no number of an end");
          }
          return last;
        });
  }

  @Override
  public boolean isAcross(String group) throws IOException {
    return last(group).isPresent() || !groups.read().hosted(group).isEmpty();
  }

  /** As declared; more than {@link MasterGroup#LAST} when there is none left. */
  @Override
  public int next(String group) throws IOException {
    MasterGroups now = groups.read();
    int last = last(group).orElse(1);
    for (int end : now.ends(group)) {
      last = Math.max(last, end);
    }
    List<HostedMaster> above = now.hosted(group);
    int given = above.isEmpty() ? last + 1 : ask(above);
    if (given <= MasterGroup.LAST) {
      byte[] kept = encode(Math.max(last, given));
      state.apply(
          List.of(
              new StateChange.Put(new RecordKey(GROUP, group), "", FORMAT, kept, StateChange.ANY)));
    }
    return given;
  }

  /** Any flow leads to the site that numbers; one of them may not be reached. */
  private int ask(List<HostedMaster> above) throws IOException {
    ProviderException failure = null;
    for (HostedMaster one : above) {
      try {
        return ask(one);
      } catch (ProviderException e) {
        failure = e;
      }
    }
    throw Objects.requireNonNull(failure, "somebody is asked");
  }

  private int ask(HostedMaster above) throws IOException {
    Share share = ShareJson.read(links.askToShare(above.flow()));
    if (!share.place().equals(above.place())) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot share the tree of the flow "
              + above.describe()
              + ": it is in another group there than here. Delete it, and make it again.");
    }
    return share.number();
  }

  /** Forgets a group that is here no more. */
  void forget(String group) throws IOException {
    state.apply(List.of(new StateChange.Delete(new RecordKey(GROUP, group), StateChange.ANY)));
  }
}
