// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.spi.ProviderException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One flow's place in the changelogs. What was read is in the base with the registers that followed
 * from it, by the same commit; records are cleared behind that. For the base's thread.
 */
public final class ChangelogFollower implements Closeable {
  private final Area area;
  private final ChangelogHub hub;
  private final String name;
  private final Map<Integer, Long> read = new TreeMap<>();
  private final Map<Integer, MdtLog.Place> places = new TreeMap<>();

  /**
   * A follower.
   *
   * @param name the flow's own among the hub's consumers
   */
  public ChangelogFollower(FlowBase base, ChangelogHub hub, String name) {
    this.area = base.area(Inspector.TABLE);
    this.hub = hub;
    this.name = name;
  }

  /**
   * Finds where to go on. Where records are missing it goes on behind the last one that there is
   * now, and the tree has to be scanned from now on.
   *
   * @return why it has to be scanned; empty when nothing is missing
   */
  public Optional<String> begin() throws IOException {
    Optional<String> reason = load();
    if (reason.isEmpty()) {
      hub.join(name, read);
      reason = hub.findGap(read);
    }
    if (reason.isPresent()) {
      skipToEnd();
    }
    return reason;
  }

  /**
   * Reads some records of all MDTs.
   *
   * @param most of each MDT, above 0
   * @param hints get what the records hint at
   * @return what was read
   */
  public Read next(int most, Hints hints) throws IOException {
    int records = 0;
    Optional<String> reason = Optional.empty();
    for (int mdt : hub.mdts()) {
      long after = read.getOrDefault(mdt, 0L);
      try {
        MdtLog.Place place = places.computeIfAbsent(mdt, m -> new MdtLog.Place());
        List<ChangelogRecord> some = hub.read(mdt, place, after, most);
        for (ChangelogRecord record : some) {
          Optional<String> odd = HintDecoder.add(record, hints);
          reason = reason.or(() -> odd);
          after = record.index();
        }
        records += some.size();
      } catch (LogBrokenException e) {
        reason = Optional.of(String.valueOf(e.getMessage()));
        after = hub.ends(Map.of()).getOrDefault(mdt, 0L);
      }
      if (after != read.getOrDefault(mdt, -1L)) {
        note(mdt, after);
      }
    }
    return new Read(records, reason);
  }

  /**
   * What was read.
   *
   * @param records their number
   * @param scanReason why the tree has to be scanned as well; empty when the records say enough
   */
  public record Read(int records, Optional<String> scanReason) {}

  /**
   * What was read is durable in the base: the file system needs to keep it no more.
   *
   * @return why the tree has to be scanned: the records were not kept; empty for no need
   */
  public Optional<String> committed() throws IOException {
    Optional<String> reason = hub.committed(name, read);
    if (reason.isPresent()) {
      skipToEnd();
    }
    return reason;
  }

  private void skipToEnd() throws IOException {
    for (Map.Entry<Integer, Long> end : hub.ends(read).entrySet()) {
      note(end.getKey(), end.getValue());
    }
    hub.join(name, read);
  }

  private Optional<String> load() throws IOException {
    read.clear();
    try (OrderedStore.Cursor cursor = area.from(new byte[] {QueueKeys.CHANGELOG})) {
      while (cursor.next() && cursor.key()[0] == QueueKeys.CHANGELOG) {
        int mdt = ByteBuffer.wrap(cursor.key(), 1, Integer.BYTES).getInt();
        Place place = Place.read(cursor.value());
        if (!place.user().equals(hub.user(mdt))) {
          return Optional.of(
              "the changelog user of MDT "
                  + mdt
                  + " was "
                  + place.user()
                  + " before, not "
                  + hub.user(mdt));
        }
        read.put(mdt, place.index());
      }
    }
    if (read.isEmpty()) {
      return Optional.of("the changelogs were not followed before");
    }
    return hub.mdts().equals(List.copyOf(read.keySet()))
        ? Optional.empty()
        : Optional.of("the MDTs were " + read.keySet() + " before, not " + hub.mdts());
  }

  private void note(int mdt, long index) throws IOException {
    read.put(mdt, index);
    Place place = new Place(index, hub.user(mdt));
    area.put(QueueKeys.of(QueueKeys.CHANGELOG, mdt), place.toBytes());
  }

  /** Stays a consumer of the hub: what it has not read is kept for it. */
  @Override
  public void close() throws IOException {
    for (MdtLog.Place place : places.values()) {
      place.close();
    }
  }

  /**
   * How far an MDT's changelog was read.
   *
   * @param index the last record
   * @param user the user by which records are kept
   */
  record Place(long index, String user) {
    byte[] toBytes() {
      ByteOutput out = new ByteOutput(32);
      out.varint(index);
      out.block(user.getBytes(StandardCharsets.UTF_8));
      return out.toBytes();
    }

    static Place read(byte[] bytes) throws ProviderException {
      ByteInput in = new ByteInput(bytes, "the place in a changelog");
      long index = in.varint(Long.MAX_VALUE, "an index");
      Place place = new Place(index, new String(in.block(), StandardCharsets.UTF_8));
      in.end();
      return place;
    }
  }
}
