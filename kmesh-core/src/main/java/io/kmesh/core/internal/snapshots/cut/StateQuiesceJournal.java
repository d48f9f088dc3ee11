// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.cut;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * A journal in the state of a Kmesh: one record for each site that is frozen. It has names only, no
 * command: what thaws is the hook that the process has of that name. Format:
 * docs/format/quiesce-journal.md. Thread-safe.
 */
public final class StateQuiesceJournal implements QuiesceJournal {
  /** The kind of its records. */
  public static final String KIND = "snapshot.frozen";

  private static final int FORMAT = 0;
  private static final int PAGE = 1000;
  private static final Set<String> FIELDS = Set.of("format", "cut", "hook");

  private final StateStore state;

  /** The journal in a state. */
  public StateQuiesceJournal(StateStore state) {
    this.state = state;
  }

  /**
   * What is frozen.
   *
   * @param cut the cut
   * @param hook the hook's name
   */
  public record Frozen(String cut, String hook) {
    byte[] write() {
      ObjectNode json = SpecJson.object(FORMAT).put("cut", cut).put("hook", hook);
      return SpecJson.encode(json);
    }

    static Frozen read(String name, byte[] bytes) throws IOException {
      return SpecJson.decode(
          "record of a frozen site",
          name,
          FORMAT,
          bytes,
          json -> {
            SpecJson.onlyFields(json, FIELDS);
            return new Frozen(SpecJson.text(json, "cut"), SpecJson.text(json, "hook"));
          });
    }
  }

  private static RecordKey key(String cut, String hook) {
    // The name is anybody's, and keys have few letters.
    byte[] name = hook.getBytes(StandardCharsets.UTF_8);
    return new RecordKey(KIND, cut + "/" + HexFormat.of().formatHex(name));
  }

  @Override
  public void freezing(String cut, QuiesceHook hook) throws IOException {
    byte[] payload = new Frozen(cut, hook.name()).write();
    state.apply(
        List.of(new StateChange.Put(key(cut, hook.name()), "", FORMAT, payload, StateChange.ANY)));
  }

  @Override
  public void thawed(String cut, QuiesceHook hook) throws IOException {
    state.apply(List.of(new StateChange.Delete(key(cut, hook.name()), StateChange.ANY)));
  }

  /** What is frozen, or was left so. */
  public List<Frozen> left() throws IOException {
    List<Frozen> left = new ArrayList<>();
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(KIND, "", after, PAGE);
      for (StateRecord record : page) {
        after = record.key().id();
        left.add(frozen(after, record.payload()));
      }
      if (page.size() < PAGE) {
        return left;
      }
    }
  }

  /** A record that is damaged has still its key, which says the same. */
  private static Frozen frozen(String id, byte[] payload) throws IOException {
    try {
      return Frozen.read(id, payload);
    } catch (ProviderException e) {
      int slash = id.indexOf('/');
      if (e.kind() != ErrorKind.CORRUPT || slash < 0) {
        throw e;
      }
      return new Frozen(id.substring(0, slash), hook(id.substring(slash + 1), e));
    }
  }

  private static String hook(String digits, ProviderException damage) throws ProviderException {
    try {
      return new String(HexFormat.of().parseHex(digits), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw damage;
    }
  }

  /**
   * Thaws what was left, by a hook of its name.
   *
   * @throws IOException when it can't be thawed; it stays in the journal
   */
  public void thaw(Frozen left, QuiesceHook hook, QuiesceLimits limits, KmeshTime time)
      throws IOException {
    new Quiesce(left.cut(), limits, time, this).thawAlone(hook);
  }
}
