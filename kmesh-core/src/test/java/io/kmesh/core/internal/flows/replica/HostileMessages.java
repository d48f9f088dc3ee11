// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.core.internal.flows.content.Chunk;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Messages of a peer that wishes ill, in no sensible order. */
public final class HostileMessages {
  /** The peer's replica, so that what it made is known. */
  public static final long REPLICA = 0xbadL;

  private static final long[] COUNTERS = {1, 2, 3, 4, 17, 1L << 40, Long.MAX_VALUE};
  private static final long[] SIZES = {0, 1, 5, 4096, 1 << 20, 1L << 50, Long.MAX_VALUE};
  private static final String[] NAMES = {
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "..",
    ".",
    "",
    "h/../../x",
    "/etc",
    ".kmesh~f~bad-1",
    ".kmesh-flow-f",
    ".kmesh-x",
    "displaced",
    "h\n",
    "h".repeat(255),
    "h".repeat(256)
  };
  private static final String[] TARGETS = {"../outside", "/tmp", "h1", ""};

  private final String flow;
  private final long victim;
  private final Random random;

  /**
   * Messages for a flow.
   *
   * @param victim the replica that gets them, whose own changes the peer speaks of as well
   */
  public HostileMessages(String flow, long victim, Random random) {
    this.flow = flow;
    this.victim = victim;
    this.random = random;
  }

  /** What any peer says first. */
  public byte[] greeting() {
    return MessageCodec.encode(new Message.Hello(flow, "mallory", REPLICA, 0, Map.of()));
  }

  /** A message that comes in order. */
  public byte[] ordered() {
    byte[] message =
        MessageCodec.encode(
            switch (random.nextInt(15)) {
              case 0 -> hello();
              case 1 -> new Message.Stored(counter());
              case 2 -> new Message.Placed(counter(), counter());
              case 3 -> want();
              case 4, 5 -> new Message.Gone(id(), dot(), cause(), "h".repeat(random.nextInt(50)));
              case 6 -> new Message.Hurry(counter());
              case 7 -> compare();
              case 8, 9 -> recipe();
              default -> batch();
            });
    return random.nextInt(6) == 0 ? damaged(message) : message;
  }

  /** A message with bytes of files. */
  public byte[] bulk() {
    ByteOutput out = Pieces.begin(100);
    for (int i = random.nextInt(4); i >= 0; i--) {
      long size = any(SIZES);
      long offset = random.nextBoolean() ? 0 : any(SIZES);
      if (random.nextBoolean()) {
        Pieces.hole(id(), dot(), size, offset, any(SIZES), out);
      } else {
        byte[] bytes = new byte[random.nextBoolean() ? (int) Math.min(size, 5000) : 5];
        Pieces.data(id(), dot(), size, offset, ByteBuffer.wrap(bytes), out);
      }
    }
    return random.nextInt(6) == 0 ? damaged(out.toBytes()) : out.toBytes();
  }

  private Message hello() {
    Map<Long, Long> stored = new TreeMap<>(Long::compareUnsigned);
    stored.put(random.nextBoolean() ? victim : random.nextLong(), random.nextBoolean() ? 0 : 1L);
    return new Message.Hello(
        random.nextInt(4) == 0 ? "other" : flow, "mallory", REPLICA, random.nextInt(2), stored);
  }

  private Message want() {
    List<Message.Wanted> wanted = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      wanted.add(new Message.Wanted(id(), dot(), any(SIZES)));
    }
    return new Message.Want(wanted);
  }

  private Message compare() {
    List<Message.Part> parts = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      parts.add(new Message.Part(id(), dot(), small(), 1 + small(), level()));
    }
    return new Message.Compare(parts);
  }

  /** Of any lengths, which mostly don't sum up to what was asked for. */
  private Message recipe() {
    List<Chunk> chunks = new ArrayList<>();
    int count = random.nextInt(8) == 0 ? 9000 : random.nextInt(6);
    for (int i = 0; i < count; i++) {
      chunks.add(
          random.nextInt(4) == 0
              ? new Chunk(1 + small(), null)
              : new Chunk(1 + random.nextInt(5000), new ChunkName(random.nextInt(3), 1, 1)));
    }
    return new Message.Recipe(id(), dot(), small(), level(), chunks);
  }

  private long small() {
    return random.nextBoolean() ? 0 : any(SIZES) / 2;
  }

  private int level() {
    return random.nextInt(3) == 0 ? random.nextInt(30) : 8;
  }

  private Message batch() {
    List<Message.Change> changes = new ArrayList<>();
    for (int i = random.nextInt(8); i > 0; i--) {
      if (random.nextBoolean()) {
        changes.add(new Message.Change(node(), null, delivery()));
      } else {
        changes.add(new Message.Change(null, name(), Message.Delivery.ON_DEMAND));
      }
    }
    return new Message.Batch(
        counter(), random.nextBoolean() ? Message.Tail.END : Message.Tail.MORE, changes);
  }

  private Node node() {
    NodeId id = id();
    // Mostly of one type, so that it gets far.
    FileType[] types = FileType.values();
    FileType type =
        id.isRoot()
            ? FileType.DIRECTORY
            : types[(int) (random.nextInt(8) == 0 ? random.nextInt(7) : id.number() % 4)];
    TreeMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    if (random.nextInt(4) == 0) {
      xattrs.put(
          PathBytes.of(random.nextBoolean() ? "user.h" : "trusted.h/.."),
          new byte[random.nextInt(40) == 0 ? 17 << 20 : 10]);
    }
    return new Node(
        id,
        type,
        random.nextInt(3),
        PathBytes.of(TARGETS[random.nextInt(TARGETS.length)]),
        new Attributes(random.nextInt(010000), random.nextInt(3), 0, xattrs),
        version(),
        new Content(type == FileType.REGULAR ? any(SIZES) : 0, new FileTime(random.nextInt(), 0)),
        version(),
        null,
        List.of(),
        0);
  }

  private Dirent name() {
    Link link = new Link(id(), PathBytes.of(NAMES[random.nextInt(NAMES.length)]));
    Dirent none = Dirent.none(link).to(id(), version());
    return random.nextInt(4) == 0 ? none.gone(version(), version().seen()) : none;
  }

  private Version version() {
    Dot dot = dot();
    VersionVector seen = VersionVector.of(dot.replica(), dot.counter());
    int more = random.nextInt(10) == 0 ? random.nextInt(4000) : random.nextInt(2);
    for (int i = 0; i < more; i++) {
      seen = seen.with(random.nextLong(), 1);
    }
    return new Version(dot, seen);
  }

  private Dot dot() {
    long replica =
        switch (random.nextInt(8)) {
          case 0 -> victim;
          case 1 -> random.nextLong();
          default -> REPLICA;
        };
    return new Dot(replica, counter());
  }

  private NodeId id() {
    return switch (random.nextInt(15)) {
      case 0, 1, 2 -> NodeId.ROOT;
      case 3 -> new NodeId(0, 1 + random.nextInt(3));
      case 4 -> new NodeId(victim, 1 + random.nextInt(3));
      default -> new NodeId(REPLICA, 1 + random.nextInt(8));
    };
  }

  private Message.Delivery delivery() {
    return random.nextBoolean() ? Message.Delivery.PUSHED : Message.Delivery.ON_DEMAND;
  }

  private Message.Cause cause() {
    return random.nextBoolean() ? Message.Cause.SUPERSEDED : Message.Cause.UNREADABLE;
  }

  private long counter() {
    return any(COUNTERS);
  }

  private long any(long[] values) {
    return values[random.nextInt(values.length)];
  }

  private byte[] damaged(byte[] message) {
    byte[] damaged = message.clone();
    for (int i = random.nextInt(3); i >= 0 && damaged.length > 0; i--) {
      damaged[random.nextInt(Math.min(damaged.length, 400))] ^= (byte) (1 << random.nextInt(8));
    }
    return random.nextInt(3) == 0
        ? java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length + 1))
        : damaged;
  }
}
