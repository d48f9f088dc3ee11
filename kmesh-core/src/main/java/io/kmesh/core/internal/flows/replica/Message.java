// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.content.Chunk;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one replica tells another, in order: docs/format/flow-messages.md. Immutable. */
public sealed interface Message {
  /**
   * The first message of each side.
   *
   * @param flow the flow's id
   * @param site who speaks
   * @param replica its replica
   * @param generation how often the flow's direction was switched
   * @param stored of each replica that the speaker heard of, the place in that one's log up to
   *     which it has all
   */
  record Hello(String flow, String site, long replica, long generation, Map<Long, Long> stored)
      implements Message {}

  /**
   * Registers that changed.
   *
   * @param to with this batch the hearer has the speaker's log up to here
   * @param isLast whether the speaker has no more at the moment, and waits for none from others
   * @param changes nodes before the names that need them
   */
  record Batch(long to, Tail isLast, List<Change> changes) implements Message {
    /** It, with more to follow, though not at once. */
    Batch withMore() {
      return new Batch(to, Tail.MORE, changes);
    }
  }

  /** Whether more follows. */
  enum Tail {
    /** More follows, if only the batch without changes that says that all was told. */
    MORE,
    /**
     * The speaker's log has no more, and others told the speaker no half of something; also in a
     * batch without changes.
     */
    END
  }

  /**
   * A register.
   *
   * @param node the node; null when it is of a name
   * @param dirent the name; null when it is of a node
   * @param content whether the node's bytes follow without being asked for
   */
  record Change(@Nullable Node node, @Nullable Dirent dirent, Delivery content) {}

  /** How the bytes of a node come. */
  enum Delivery {
    /** When they are wanted. */
    ON_DEMAND,
    /** Right behind the batch. */
    PUSHED
  }

  /**
   * The speaker has the hearer's log up to a place, and will after a crash.
   *
   * @param to the place
   */
  record Stored(long to) implements Message {}

  /**
   * The speaker's tree shows the hearer's log up to a place, and will after a crash.
   *
   * @param to the place
   * @param problems how many entries could not be placed, which are left out of this
   */
  record Placed(long to, long problems) implements Message {}

  /**
   * The speaker lacks bytes.
   *
   * @param contents which
   */
  record Want(List<Wanted> contents) implements Message {}

  /**
   * Bytes that are asked for.
   *
   * @param node of which file
   * @param content which version of it
   * @param from the first byte
   */
  record Wanted(NodeId node, Dot content, long from) {}

  /**
   * The speaker does not have bytes that were wanted or announced: the file changed or went, and a
   * newer register follows, or it can't be read.
   *
   * @param node of which file
   * @param content which version of it
   * @param cause whether something newer comes
   * @param reason why, for people
   */
  record Gone(NodeId node, Dot content, Cause cause, String reason) implements Message {}

  /** Why bytes do not come; in the order of their numbers. */
  enum Cause {
    /** The file changed or went: a newer register follows. */
    SUPERSEDED,
    /** The file can't be read; it may be asked for again. */
    UNREADABLE,
    /** The file is sensitive, and no grant for it counts at the speaker's site. */
    DENIED
  }

  /**
   * Asks that all up to a place in the speaker's log be placed as soon as can be.
   *
   * @param to the place
   */
  record Hurry(long to) implements Message {}

  /**
   * The speaker lacks ranges of files that somebody reads now, or soon.
   *
   * @param urgency how soon
   * @param ranges which
   */
  record Fetch(Urgency urgency, List<Range> ranges) implements Message {}

  /**
   * A range of a file.
   *
   * @param node of which file
   * @param content which version of it
   * @param from the first byte
   * @param length how many, 1 or more; what is behind the end of the file does not come
   */
  record Range(NodeId node, Dot content, long from, long length) {}

  /**
   * The speaker may have bytes like those of contents that it lacks. Each part is answered by a
   * {@link Recipe}, or a {@link Gone} of its content.
   *
   * @param parts of which files
   */
  record Compare(List<Part> parts) implements Message {}

  /**
   * A part of a file whose chunks are asked for.
   *
   * @param node of which file
   * @param content which version of it
   * @param from the first byte, where a chunk begins
   * @param length how many bytes, 1 or more; the last chunk may reach further
   * @param level how long chunks are: {@link io.kmesh.core.internal.flows.content.ChunkLevel}
   */
  record Part(NodeId node, Dot content, long from, long length, int level) {}

  /**
   * What chunks a file is made of.
   *
   * @param node of which file
   * @param content which version of it
   * @param from the first byte
   * @param level how long they are
   * @param chunks one behind the other, 1 or more; perhaps fewer than were asked for
   */
  record Recipe(NodeId node, Dot content, long from, int level, List<Chunk> chunks)
      implements Message {
    /** How many bytes it tells of. */
    public long length() {
      return chunks.stream().mapToLong(Chunk::length).sum();
    }
  }

  /** How soon bytes are needed. */
  enum Urgency {
    /** Somebody waits for them. */
    NOW,
    /** Somebody is expected to read them next. */
    AHEAD
  }

  /**
   * The speaker wants to know what is at paths now. Answered by {@link Fresh}.
   *
   * @param number of this question
   * @param places where
   */
  record Ask(long number, List<Place> places) implements Message {}

  /**
   * A place that is asked for.
   *
   * @param path below the flow's top; all entries on the way are looked at
   * @param scope what else
   */
  record Place(PathBytes path, Scope scope) {}

  /** What is looked at. */
  enum Scope {
    /** The entry alone. */
    ENTRY,
    /** The entry and, when it is a directory, the entries in it. */
    NAMES
  }

  /**
   * What was asked for was looked at after the question came, and is in the speaker's log.
   *
   * @param number of the question
   * @param place whoever has the speaker's log up to here knows the answer
   */
  record Fresh(long number, long place) implements Message {}

  /**
   * Asks for a change of the hearer's tree. Answered by {@link Edited}.
   *
   * @param number of the change; the bytes of a written file come as pieces whose content is the
   *     speaker's replica with this number
   * @param action what is to be done
   * @param path where
   * @param other a second path, where a link leads, or an attribute's name
   * @param expected what must be at the path
   * @param node of what is expected
   * @param content of what is expected
   * @param size of what is expected
   * @param mtime of what is expected: the same file, with its size and time, is as expected though
   *     its source looked twice at a young stamp
   * @param first a size, a mode, an owner or seconds
   * @param second a mode, a group or nanoseconds
   * @param value of an attribute
   */
  record Edit(
      long number,
      Action action,
      PathBytes path,
      PathBytes other,
      Expected expected,
      NodeId node,
      Dot content,
      long size,
      FileTime mtime,
      long first,
      long second,
      byte[] value)
      implements Message {
    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof Edit e
          && number == e.number
          && action == e.action
          && path.equals(e.path)
          && other.equals(e.other)
          && expected == e.expected
          && node.equals(e.node)
          && content.equals(e.content)
          && size == e.size
          && mtime.equals(e.mtime)
          && first == e.first
          && second == e.second
          && Arrays.equals(value, e.value);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(number) * 31 + path.hashCode();
    }
  }

  /** What is done to a tree; in the order of their numbers. */
  enum Action {
    /** The bytes of a file are replaced, or the file is made: size, mode of a new one. */
    WRITE,
    /** A directory is made: mode. */
    MAKE_DIRECTORY,
    /** A symbolic link is made. */
    MAKE_SYMLINK,
    /** What is at the other path gets one more name. */
    LINK,
    /** A file, or an empty directory, goes. */
    DELETE,
    /** It gets the other path: 1 when what is there is replaced. */
    RENAME,
    /** Permission bits. */
    SET_MODE,
    /** Owner and group, -1 for as it is. */
    SET_OWNER,
    /** The time of modification: seconds, nanoseconds. */
    SET_TIME,
    /** An extended attribute. */
    SET_XATTR,
    /** An extended attribute goes. */
    REMOVE_XATTR,
    /** As a write, of a file that was written earlier: size, mode; the value is its ticket. */
    WRITE_BACK
  }

  /** What must be at the path of a change; in the order of their numbers. */
  enum Expected {
    /** Anything. */
    ANY,
    /** Nothing. */
    ABSENT,
    /** The node, and of a file the content. */
    AS_SEEN
  }

  /**
   * What became of a change.
   *
   * @param number which
   * @param outcome whether it is made, and durable
   * @param place whoever has the speaker's log up to here knows of it
   * @param reason for people, when it is not made
   */
  record Edited(long number, Outcome outcome, long place, String reason) implements Message {}

  /** How a change went; in the order of their numbers. */
  enum Outcome {
    /** It is made. */
    DONE,
    /** Somebody was faster. */
    CONFLICT,
    /** Something is there that must not be. */
    EXISTS,
    /** Something is not there that must be. */
    NOT_FOUND,
    /** It can't be made. */
    FAILED,
    /** Somebody was faster: what was written is beside it, under the path that the reason is. */
    BESIDE
  }
}
