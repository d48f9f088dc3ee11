// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a cycle may do to the tree, committed before it does it: after a crash these places are
 * looked at, and nothing else. Table I of the base. For the engine's thread.
 */
final class Intents {
  private static final byte PLACE = 'M';
  private static final byte STAGED = 'K';
  private static final byte DIRECTORY = 'T';
  private static final byte SEED = 'S';
  private static final int HAS_MADE = 1;
  private static final int HAS_OLD = 2;
  private static final int REPLACES = 1;

  private final Area table;
  private final List<byte[]> current = new ArrayList<>();

  /** Names that may be changed by this cycle. */
  private final Set<Link> places = new HashSet<>();

  Intents(Area table) {
    this.table = table;
  }

  /**
   * An object that a cycle takes away or replaces.
   *
   * @param node whose
   * @param key the object
   * @param size its size as it was placed
   * @param mtime its time of modification as it was placed
   */
  record Old(NodeId node, LocalKey key, long size, FileTime mtime) {
    static Old of(NodeId node, Local local) {
      return new Old(node, local.key(), local.size(), local.mtime());
    }
  }

  /**
   * A place that may have been changed.
   *
   * @param link the name
   * @param made the node that was made there; null when none was
   * @param old what was there; null for nothing
   */
  record Place(Link link, @Nullable NodeId made, @Nullable Old old) {}

  /**
   * A file that may have got its names.
   *
   * @param key the object, as it was made
   * @param directory where its temporary name is
   * @param old what it replaces; null for nothing
   */
  record File(
      NodeId node,
      Dot content,
      Dot attributes,
      long size,
      FileTime mtime,
      LocalKey key,
      NodeId directory,
      @Nullable Old old) {}

  /** Whether a name may be changed by this cycle. */
  boolean has(Link link) {
    return places.contains(link);
  }

  /** A name that may be changed, without more about it. */
  void allow(Link link) {
    places.add(link);
  }

  /** A name that may be changed, with what is or will be there. */
  void put(Place place) throws IOException {
    note(place);
    places.add(place.link());
  }

  /** A name that is not changed, but what has it. */
  void note(Place place) throws IOException {
    ByteOutput out = new ByteOutput(64);
    out.u8((place.made() == null ? 0 : HAS_MADE) | (place.old() == null ? 0 : HAS_OLD));
    if (place.made() != null) {
      place.made().write(out);
    }
    if (place.old() != null) {
      write(place.old(), out);
    }
    keep(PlaceKeys.of(PLACE, place.link()), out.toBytes());
  }

  void put(File file) throws IOException {
    ByteOutput out = new ByteOutput(128);
    out.u8(file.old() == null ? 0 : REPLACES);
    file.content().write(out);
    file.attributes().write(out);
    out.varint(file.size());
    write(file.mtime(), out);
    write(file.key(), out);
    file.directory().write(out);
    if (file.old() != null) {
      write(file.old(), out);
    }
    keep(PlaceKeys.of(STAGED, file.node()), out.toBytes());
  }

  private void keep(byte[] key, byte[] value) throws IOException {
    table.put(key, value);
    current.add(key);
  }

  /** Says that files are made in a directory under temporary names. */
  void offer(NodeId directory) throws IOException {
    table.put(PlaceKeys.of(DIRECTORY, directory), new byte[0]);
  }

  /** Says that no such file is there any more. */
  void withdraw(NodeId directory) throws IOException {
    table.remove(PlaceKeys.of(DIRECTORY, directory));
  }

  /** Says that trees are made in the hidden directory whose nodes nobody knows yet. */
  void beginSeed() throws IOException {
    table.put(new byte[] {SEED}, new byte[0]);
  }

  /** Says that none are made there any more. */
  void endSeed() throws IOException {
    table.remove(new byte[] {SEED});
  }

  /** Drops those whose effects are durable. */
  void clear() throws IOException {
    for (byte[] key : current) {
      table.remove(key);
    }
    current.clear();
    places.clear();
  }

  /** Whether there are any but of directories. */
  boolean isEmpty() {
    return current.isEmpty();
  }

  /** What an earlier process left; it is dropped by the next {@link #clear}. */
  Left read() throws IOException {
    List<Place> all = new ArrayList<>();
    List<File> files = new ArrayList<>();
    List<NodeId> directories = new ArrayList<>();
    boolean isSeeding = false;
    try (OrderedStore.Cursor cursor = table.all()) {
      while (cursor.next()) {
        byte[] whole = cursor.key();
        ByteInput key = new ByteInput(whole, "the key of an intent of a flow");
        ByteInput in = new ByteInput(cursor.value(), "an intent of a flow");
        int kind = key.u8();
        switch (kind) {
          case DIRECTORY -> directories.add(PlaceKeys.node(key));
          case PLACE -> all.add(readPlace(PlaceKeys.link(key), in));
          case STAGED -> files.add(readFile(PlaceKeys.node(key), in));
          case SEED -> {
            key.end();
            isSeeding = true;
          }
          default -> throw key.damaged("kind " + kind + " is not known");
        }
        in.end();
        if (kind != DIRECTORY && kind != SEED) {
          current.add(whole);
        }
      }
    }
    return new Left(all, files, directories, isSeeding);
  }

  /**
   * What an earlier process left.
   *
   * @param isSeeding whether it made trees in the hidden directory
   */
  record Left(List<Place> places, List<File> files, List<NodeId> directories, boolean isSeeding) {}

  private static Place readPlace(Link link, ByteInput in) throws ProviderException {
    int flags = flags(HAS_MADE | HAS_OLD, in);
    NodeId made = (flags & HAS_MADE) != 0 ? NodeId.read(in) : null;
    return new Place(link, made, (flags & HAS_OLD) != 0 ? readOld(in) : null);
  }

  private static File readFile(NodeId node, ByteInput in) throws ProviderException {
    int flags = flags(REPLACES, in);
    Dot content = Dot.read(in);
    Dot attributes = Dot.read(in);
    long size = in.varint(Long.MAX_VALUE, "a size");
    FileTime mtime = readTime(in);
    LocalKey key = readKey(in);
    NodeId directory = NodeId.read(in);
    Old old = (flags & REPLACES) != 0 ? readOld(in) : null;
    return new File(node, content, attributes, size, mtime, key, directory, old);
  }

  private static int flags(int known, ByteInput in) throws ProviderException {
    int flags = in.u8();
    if ((flags & ~known) != 0) {
      throw in.damaged("flags " + flags + " are not known");
    }
    return flags;
  }

  private static void write(Old old, ByteOutput out) {
    old.node().write(out);
    write(old.key(), out);
    out.varint(old.size());
    write(old.mtime(), out);
  }

  private static Old readOld(ByteInput in) throws ProviderException {
    NodeId node = NodeId.read(in);
    LocalKey key = readKey(in);
    long size = in.varint(Long.MAX_VALUE, "a size");
    return new Old(node, key, size, readTime(in));
  }

  private static void write(LocalKey key, ByteOutput out) {
    out.u64BigEndian(key.high());
    out.u64BigEndian(key.low());
  }

  private static LocalKey readKey(ByteInput in) throws ProviderException {
    long high = in.u64BigEndian();
    return new LocalKey(high, in.u64BigEndian());
  }

  private static void write(FileTime time, ByteOutput out) {
    out.zigzag(time.seconds());
    out.varint(time.nanos());
  }

  private static FileTime readTime(ByteInput in) throws ProviderException {
    long seconds = in.zigzag();
    return new FileTime(seconds, (int) in.varint(999_999_999, "nanoseconds"));
  }
}
