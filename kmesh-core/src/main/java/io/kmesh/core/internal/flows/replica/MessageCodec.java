// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.BaseCodec;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.content.Chunk;
import io.kmesh.core.internal.flows.content.ChunkLevel;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The form of messages: docs/format/flow-messages.md. Stateless. */
public final class MessageCodec {
  /** The form that this build writes. */
  public static final int FORMAT = 0;

  private static final int HELLO = 1;
  private static final int BATCH = 2;
  private static final int STORED = 3;
  private static final int PLACED = 4;
  private static final int WANT = 5;
  private static final int GONE = 6;
  private static final int HURRY = 7;
  private static final int FETCH = 8;
  private static final int ASK = 9;
  private static final int FRESH = 10;
  private static final int EDIT = 11;
  private static final int EDITED = 12;
  private static final int COMPARE = 13;
  private static final int RECIPE = 14;
  private static final int NODE = 1;
  private static final int PUSHED_NODE = 2;
  private static final int NAME = 3;
  private static final int MOST_TEXT = 4096;

  /** Parts in one question. */
  static final int MOST_PARTS = 1024;

  /** Chunks in one answer. */
  static final int MOST_CHUNKS = 8192;

  private static final int CHUNK = 0;
  private static final int HOLE = 1;

  /** By their numbers. */
  private static final List<Message.Action> ACTIONS = List.of(Message.Action.values());

  private static final List<Message.Cause> CAUSES = List.of(Message.Cause.values());
  private static final List<Message.Expected> EXPECTED = List.of(Message.Expected.values());
  private static final List<Message.Outcome> OUTCOMES = List.of(Message.Outcome.values());

  private MessageCodec() {}

  /** Encodes a message. */
  public static byte[] encode(Message message) {
    ByteOutput out = new ByteOutput(message instanceof Message.Batch ? 1 << 14 : 64);
    if (message instanceof Message.Hello hello) {
      out.u8(HELLO);
      out.u8(FORMAT);
      text(hello.flow(), out);
      text(hello.site(), out);
      out.u64BigEndian(hello.replica());
      out.varint(hello.generation());
      Map<Long, Long> sorted = new TreeMap<>(Long::compareUnsigned);
      sorted.putAll(hello.stored());
      out.varint(sorted.size());
      sorted.forEach(
          (replica, seq) -> {
            out.u64BigEndian(replica);
            out.varint(seq);
          });
    } else if (message instanceof Message.Batch batch) {
      out.u8(BATCH);
      out.varint(batch.to());
      out.u8(batch.isLast() == Message.Tail.END ? 1 : 0);
      out.varint(batch.changes().size());
      for (Message.Change change : batch.changes()) {
        if (change.node() != null) {
          out.u8(change.content() == Message.Delivery.PUSHED ? PUSHED_NODE : NODE);
          BaseCodec.send(change.node(), out);
        } else if (change.dirent() != null) {
          out.u8(NAME);
          BaseCodec.send(change.dirent(), out);
        }
      }
    } else if (message instanceof Message.Stored stored) {
      out.u8(STORED);
      out.varint(stored.to());
    } else if (message instanceof Message.Placed placed) {
      out.u8(PLACED);
      out.varint(placed.to());
      out.varint(placed.problems());
    } else if (message instanceof Message.Want want) {
      out.u8(WANT);
      out.varint(want.contents().size());
      for (Message.Wanted wanted : want.contents()) {
        wanted.node().write(out);
        wanted.content().write(out);
        out.varint(wanted.from());
      }
    } else if (message instanceof Message.Gone gone) {
      out.u8(GONE);
      gone.node().write(out);
      gone.content().write(out);
      out.u8(CAUSES.indexOf(gone.cause()));
      text(gone.reason(), out);
    } else if (message instanceof Message.Hurry hurry) {
      out.u8(HURRY);
      out.varint(hurry.to());
    } else if (message instanceof Message.Fetch fetch) {
      out.u8(FETCH);
      out.u8(fetch.urgency() == Message.Urgency.NOW ? 0 : 1);
      out.varint(fetch.ranges().size());
      for (Message.Range range : fetch.ranges()) {
        range.node().write(out);
        range.content().write(out);
        out.varint(range.from());
        out.varint(range.length());
      }
    } else if (message instanceof Message.Ask ask) {
      out.u8(ASK);
      out.varint(ask.number());
      out.varint(ask.places().size());
      for (Message.Place place : ask.places()) {
        out.block(place.path().toBytes());
        out.u8(place.scope() == Message.Scope.ENTRY ? 0 : 1);
      }
    } else if (message instanceof Message.Fresh fresh) {
      out.u8(FRESH);
      out.varint(fresh.number());
      out.varint(fresh.place());
    } else if (message instanceof Message.Edit edit) {
      out.u8(EDIT);
      out.varint(edit.number());
      out.u8(ACTIONS.indexOf(edit.action()));
      out.block(edit.path().toBytes());
      out.block(edit.other().toBytes());
      out.u8(EXPECTED.indexOf(edit.expected()));
      edit.node().write(out);
      edit.content().write(out);
      out.varint(edit.size());
      out.zigzag(edit.mtime().seconds());
      out.varint(edit.mtime().nanos());
      out.zigzag(edit.first());
      out.zigzag(edit.second());
      out.block(edit.value());
    } else if (message instanceof Message.Edited edited) {
      out.u8(EDITED);
      out.varint(edited.number());
      out.u8(OUTCOMES.indexOf(edited.outcome()));
      out.varint(edited.place());
      text(edited.reason(), out);
    } else if (message instanceof Message.Compare compare) {
      out.u8(COMPARE);
      out.varint(compare.parts().size());
      for (Message.Part part : compare.parts()) {
        part.node().write(out);
        part.content().write(out);
        out.varint(part.from());
        out.varint(part.length());
        out.u8(part.level());
      }
    } else if (message instanceof Message.Recipe recipe) {
      write(recipe, out);
    }
    return out.toBytes();
  }

  private static void write(Message.Recipe recipe, ByteOutput out) {
    out.u8(RECIPE);
    recipe.node().write(out);
    recipe.content().write(out);
    out.varint(recipe.from());
    out.u8(recipe.level());
    out.varint(recipe.chunks().size());
    for (Chunk chunk : recipe.chunks()) {
      ChunkName name = chunk.name();
      out.u8(name == null ? HOLE : CHUNK);
      out.varint(chunk.length());
      if (name != null) {
        name.write(out);
      }
    }
  }

  /**
   * Decodes a message.
   *
   * @throws ProviderException CORRUPT when it is none; UNSUPPORTED when the other side is of
   *     another age
   */
  public static Message decode(byte[] bytes) throws ProviderException {
    ByteInput in = new ByteInput(bytes, "a message of a flow");
    int type = in.u8();
    Message message =
        switch (type) {
          case HELLO -> hello(in);
          case BATCH -> batch(in);
          case STORED -> new Message.Stored(place(in));
          case PLACED -> {
            long to = place(in);
            yield new Message.Placed(to, in.varint(Long.MAX_VALUE, "a number of problems"));
          }
          case WANT -> want(in);
          case GONE -> {
            NodeId node = NodeId.read(in);
            Dot content = Dot.read(in);
            Message.Cause cause =
                switch (in.u8()) {
                  case 0 -> Message.Cause.SUPERSEDED;
                  case 2 -> Message.Cause.DENIED;
                  default -> Message.Cause.UNREADABLE;
                };
            yield new Message.Gone(node, content, cause, text(in));
          }
          case HURRY -> new Message.Hurry(place(in));
          case FETCH -> fetch(in);
          case ASK -> ask(in);
          case FRESH -> new Message.Fresh(number(in), place(in));
          case EDIT -> edit(in);
          case EDITED -> {
            long number = number(in);
            Message.Outcome outcome = one(in, OUTCOMES, "an outcome");
            long place = place(in);
            yield new Message.Edited(number, outcome, place, text(in));
          }
          case COMPARE -> compare(in);
          case RECIPE -> recipe(in);
          default -> throw in.damaged("type " + type + " is not known");
        };
    in.end();
    return message;
  }

  private static Message.Hello hello(ByteInput in) throws ProviderException {
    int format = in.u8();
    if (format != FORMAT) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot speak with the other site of a flow: it writes messages of format "
              + format
              + ", this build "
              + FORMAT
              + ". Run builds that agree at both sites.");
    }
    String flow = text(in);
    String site = text(in);
    long replica = in.u64BigEndian();
    long generation = in.varint(Long.MAX_VALUE, "a generation");
    int count = in.count("replicas");
    Map<Long, Long> stored = new TreeMap<>(Long::compareUnsigned);
    for (int i = 0; i < count; i++) {
      long of = in.u64BigEndian();
      if (stored.put(of, place(in)) != null) {
        throw in.damaged("a replica is named twice");
      }
    }
    return new Message.Hello(flow, site, replica, generation, stored);
  }

  private static Message.Batch batch(ByteInput in) throws ProviderException {
    long to = place(in);
    Message.Tail tail = in.u8() == 0 ? Message.Tail.MORE : Message.Tail.END;
    int count = in.count("registers");
    List<Message.Change> changes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int kind = in.u8();
      switch (kind) {
        case NODE, PUSHED_NODE ->
            changes.add(
                new Message.Change(
                    BaseCodec.receiveNode(in),
                    null,
                    kind == NODE ? Message.Delivery.ON_DEMAND : Message.Delivery.PUSHED));
        case NAME ->
            changes.add(
                new Message.Change(null, BaseCodec.receiveDirent(in), Message.Delivery.ON_DEMAND));
        default -> throw in.damaged("kind " + kind + " of a register is not known");
      }
    }
    return new Message.Batch(to, tail, changes);
  }

  private static Message.Want want(ByteInput in) throws ProviderException {
    int count = in.count("contents");
    List<Message.Wanted> contents = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      NodeId node = NodeId.read(in);
      Dot content = Dot.read(in);
      contents.add(new Message.Wanted(node, content, in.varint(Long.MAX_VALUE, "an offset")));
    }
    return new Message.Want(contents);
  }

  private static Message.Fetch fetch(ByteInput in) throws ProviderException {
    Message.Urgency urgency = in.u8() == 0 ? Message.Urgency.NOW : Message.Urgency.AHEAD;
    int count = in.count("ranges");
    List<Message.Range> ranges = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      NodeId node = NodeId.read(in);
      Dot content = Dot.read(in);
      long from = in.varint(Long.MAX_VALUE - 1, "an offset");
      long length = length(in, Long.MAX_VALUE - from);
      ranges.add(new Message.Range(node, content, from, length));
    }
    return new Message.Fetch(urgency, ranges);
  }

  private static Message.Compare compare(ByteInput in) throws ProviderException {
    int count = in.count("parts");
    if (count > MOST_PARTS) {
      throw in.damaged("it asks for " + count + " parts");
    }
    List<Message.Part> parts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      NodeId node = NodeId.read(in);
      Dot content = Dot.read(in);
      long from = in.varint(Long.MAX_VALUE - 1, "an offset");
      long length = length(in, Long.MAX_VALUE - from);
      parts.add(new Message.Part(node, content, from, length, level(in)));
    }
    return new Message.Compare(parts);
  }

  private static Message.Recipe recipe(ByteInput in) throws ProviderException {
    NodeId node = NodeId.read(in);
    Dot content = Dot.read(in);
    long from = in.varint(Long.MAX_VALUE - 1, "an offset");
    int level = level(in);
    int count = in.count("chunks");
    if (count < 1 || count > MOST_CHUNKS) {
      throw in.damaged("it has " + count + " chunks");
    }
    List<Chunk> chunks = new ArrayList<>(count);
    long at = from;
    for (int i = 0; i < count; i++) {
      int kind = in.u8();
      if (kind != CHUNK && kind != HOLE) {
        throw in.damaged("kind " + kind + " of a chunk is not known");
      }
      long most = Long.MAX_VALUE - at;
      long length = length(in, kind == HOLE ? most : Math.min(most, ChunkLevel.longest(level)));
      chunks.add(new Chunk(length, kind == HOLE ? null : ChunkName.read(in)));
      at += length;
    }
    return new Message.Recipe(node, content, from, level, chunks);
  }

  private static int level(ByteInput in) throws ProviderException {
    int level = in.u8();
    if (!ChunkLevel.isLevel(level)) {
      throw in.damaged("level " + level + " of chunks is not known");
    }
    return level;
  }

  private static long length(ByteInput in, long most) throws ProviderException {
    long length = in.varint(most, "length");
    if (length == 0) {
      throw in.damaged("a range is empty");
    }
    return length;
  }

  private static Message.Ask ask(ByteInput in) throws ProviderException {
    long number = number(in);
    int count = in.count("places");
    List<Message.Place> places = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      PathBytes path = path(in);
      places.add(new Message.Place(path, in.u8() == 0 ? Message.Scope.ENTRY : Message.Scope.NAMES));
    }
    return new Message.Ask(number, places);
  }

  private static Message.Edit edit(ByteInput in) throws ProviderException {
    long number = number(in);
    Message.Action action = one(in, ACTIONS, "an action");
    PathBytes path = path(in);
    PathBytes other = bytes(in);
    Message.Expected expected = one(in, EXPECTED, "an expectation");
    NodeId node = NodeId.read(in);
    Dot content = Dot.read(in);
    long size = in.varint(Long.MAX_VALUE, "a size");
    long seconds = in.zigzag();
    FileTime mtime = new FileTime(seconds, (int) in.varint(999_999_999, "nanoseconds"));
    long first = in.zigzag();
    long second = in.zigzag();
    return new Message.Edit(
        number,
        action,
        path,
        other,
        expected,
        node,
        content,
        size,
        mtime,
        first,
        second,
        in.block());
  }

  private static <T> T one(ByteInput in, List<T> all, String what) throws ProviderException {
    int code = in.u8();
    if (code >= all.size()) {
      throw in.damaged(what + " is " + code);
    }
    return all.get(code);
  }

  private static PathBytes bytes(ByteInput in) throws ProviderException {
    try {
      return PathBytes.of(in.block());
    } catch (IllegalArgumentException e) {
      throw in.damaged("a path is none: " + e.getMessage());
    }
  }

  /** A path of names below the top: nothing that leads elsewhere gets further than here. */
  private static PathBytes path(ByteInput in) throws ProviderException {
    try {
      PathBytes given = PathBytes.of(in.block());
      PathBytes normal = PathBytes.EMPTY;
      for (PathBytes name : given.names()) {
        normal = normal.resolve(name);
      }
      return normal;
    } catch (IllegalArgumentException e) {
      throw in.damaged("a path is none: " + e.getMessage());
    }
  }

  private static long number(ByteInput in) throws ProviderException {
    return in.varint(Long.MAX_VALUE, "a number");
  }

  private static long place(ByteInput in) throws ProviderException {
    return in.varint(Long.MAX_VALUE, "a place in the log");
  }

  private static void text(String text, ByteOutput out) {
    out.block(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ByteInput in) throws ProviderException {
    byte[] bytes = in.block();
    if (bytes.length > MOST_TEXT) {
      throw in.damaged("a text has " + bytes.length + " bytes");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
