// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.nio.KmeshPath;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Extent;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Brings the changes of a copy into the draft of its overlay over a newer snapshot. What was
 * written stays in its data files; bytes of the old snapshot that the new one does not have in the
 * same place are written there as well. For one thread.
 */
final class DraftApply {
  private final CopyVolume ours;
  private final SnapshotVolume base;
  private final CopyVolume draft;
  private final Branch.Likeness newer;
  private final Retrier.Check check;
  private final KmeshFileSystem paths;
  private long copied;
  private boolean isSynced = true;

  DraftApply(CopyVolume ours, CopyVolume draft, Branch.Likeness newer, Retrier.Check check) {
    this.ours = ours;
    this.base = ours.snapshot();
    this.draft = draft;
    this.newer = newer;
    this.check = check;
    this.paths = KmeshFileSystem.unlisted(draft);
  }

  /** Bytes of the old snapshot that were written. */
  long copied() {
    return copied;
  }

  private KmeshPath path(PathBytes path) {
    return KmeshPath.absolute(paths, KmeshPath.split(path));
  }

  void run(List<MergeStep> steps) throws IOException {
    Map<MergeStep, KmeshPath> aside = takeAway(steps);
    for (MergeStep step : steps) {
      check.run();
      switch (step.kind()) {
        case RENAME ->
            draft.move(
                Optional.ofNullable(aside.get(step)).orElseThrow(), path(step.path()), false);
        case MAKE_DIRECTORY -> {
          draft.makeDirectory(path(step.path()), 0700);
          attributes(step.path(), meta(step));
        }
        case WRITE -> write(step);
        case LINK -> link(step);
        case ATTRIBUTES -> attributes(step.path(), meta(step));
        default -> {
          // Gone by now.
        }
      }
    }
    if (!isSynced) {
      draft.files().syncFolder(Overlay.DATA);
    }
  }

  private static Meta meta(MergeStep step) {
    return Optional.ofNullable(step.meta()).orElseThrow();
  }

  private static PathBytes source(MergeStep step) {
    return Optional.ofNullable(step.source()).orElseThrow();
  }

  /** From below: removes, and takes aside what is renamed. */
  private Map<MergeStep, KmeshPath> takeAway(List<MergeStep> steps) throws IOException {
    List<MergeStep> leaving = new ArrayList<>();
    for (MergeStep step : steps) {
      switch (step.kind()) {
        case REMOVE, REMOVE_TREE, RENAME -> leaving.add(step);
        default -> {
          // Comes later.
        }
      }
    }
    leaving.sort(
        Comparator.comparingInt((MergeStep step) -> KmeshPath.split(place(step)).size())
            .reversed());
    java.util.IdentityHashMap<MergeStep, KmeshPath> aside = new java.util.IdentityHashMap<>();
    for (MergeStep step : leaving) {
      check.run();
      if (step.kind() == MergeStep.Kind.RENAME) {
        KmeshPath to = path(PathBytes.of(".kmesh-renamed-" + aside.size()));
        draft.move(path(place(step)), to, false);
        aside.put(step, to);
      } else {
        draft.deleteTree(path(step.path()));
      }
    }
    return aside;
  }

  private static PathBytes place(MergeStep step) {
    return step.kind() == MergeStep.Kind.RENAME ? source(step) : step.path();
  }

  private void link(MergeStep step) throws IOException {
    Volume.Node there = draft.at(step.path());
    Volume.Node file = draft.at(source(step));
    if (file == null) {
      return;
    }
    if (there != null) {
      if (draft.facts(there).key().equals(draft.facts(file).key())) {
        return;
      }
      draft.deleteTree(path(step.path()));
    }
    draft.link(path(source(step)), path(step.path()));
  }

  private void attributes(PathBytes path, Meta meta) throws IOException {
    draft.adopt(path(path), new BitSet(), state -> withMeta(state, meta, state.ctime()));
  }

  private void write(MergeStep step) throws IOException {
    Volume.Node node = Optional.ofNullable(ours.at(source(step))).orElseThrow();
    Facts facts = ours.facts(node);
    Volume.Node there = draft.at(step.path());
    if (there != null && !isInPlace(facts, draft.facts(there))) {
      draft.deleteTree(path(step.path()));
      there = null;
    }
    if (there == null) {
      PathBytes target = facts.type() == FileType.SYMLINK ? ours.target(node) : PathBytes.EMPTY;
      draft.make(path(step.path()), facts.type(), 0600, target);
    }
    SnapshotVolume.Entry shown = shown(base, node);
    SnapshotVolume.Entry now = there == null ? null : shown(draft.snapshot(), there);
    boolean isShared = shown != null && now != null && newer.hasBytesOf(shown, now);
    Written written =
        facts.type() != FileType.REGULAR
            ? new Written(0, new BitSet(), 0)
            : written(node, facts.size(), isShared);
    PathBytes content = isShared && now != null && written.limit() > 0 ? now.path() : null;
    draft.adopt(
        path(step.path()),
        written.blocks(),
        state -> withMeta(holding(state, content, written, facts), meta(step), facts.ctime()));
  }

  /** Whether a file of the new snapshot is the one that is written, not another in its place. */
  private static boolean isInPlace(Facts facts, Facts there) {
    boolean isOneOfMany = there.key() instanceof SnapshotVolume.LinkKey;
    return facts.type() == FileType.REGULAR
        && there.type() == FileType.REGULAR
        && (!isOneOfMany || facts.key() instanceof SnapshotVolume.LinkKey);
  }

  /** What of a snapshot shows through a file. */
  private static SnapshotVolume.@Nullable Entry shown(SnapshotVolume snapshot, Volume.Node node)
      throws IOException {
    if (node instanceof SnapshotVolume.Entry entry) {
      return entry;
    }
    PathBytes content = ((CopyInode) node).state().content();
    return content == null ? null : snapshot.at(content);
  }

  /** Where the bytes of a file are in the draft. */
  private record Written(long data, BitSet blocks, long limit) {}

  private Written written(Volume.Node node, long size, boolean isShared) throws IOException {
    InodeState state = node instanceof CopyInode inode ? inode.state() : null;
    long data = state == null ? 0 : state.data();
    long limit = state == null ? size : state.limit();
    BitSet blocks = node instanceof CopyInode inode ? inode.blocks : new BitSet();
    if (isShared) {
      return new Written(data, blocks, limit);
    }
    List<Extent> missing = missing(node, size);
    if (missing.isEmpty() || size == 0) {
      return new Written(data, new BitSet(), 0);
    }
    long number = data == 0 ? draft.number() : data;
    isSynced &= data != 0;
    try (OverlayFiles.Data file = draft.files().open(Overlay.name(number));
        Volume.Bytes bytes = ours.content(node)) {
      if (state != null && file.size() > state.size()) {
        file.truncate(state.size()); // What was never committed.
      }
      for (Extent extent : missing) {
        long end = extent.offset() + extent.length();
        clear(file, extent.offset(), end);
        Contents.copy(
            bytes,
            extent.offset(),
            end,
            check,
            (piece, at) -> {
              copied += piece.remaining();
              file.write(piece, at);
            });
      }
      file.sync();
    }
    return new Written(number, new BitSet(), 0);
  }

  /** A refresh that was cut may have written here, where zeros are to be. */
  private static void clear(OverlayFiles.Data file, long from, long to) throws IOException {
    byte[] zeros = new byte[1 << 16];
    long end = Math.min(to, file.size());
    for (long at = from; at < end; at += zeros.length) {
      int count = (int) Math.min(zeros.length, end - at);
      file.write(java.nio.ByteBuffer.wrap(zeros, 0, count), at);
    }
  }

  /** The blocks of a file that are not in its data. */
  private static List<Extent> missing(Volume.Node node, long size) {
    List<Extent> missing = new ArrayList<>();
    for (long at = 0; at < size; at += CopyContent.BLOCK) {
      boolean isOwn =
          node instanceof CopyInode inode
              && (inode.blocks.get((int) (at / CopyContent.BLOCK)) || at >= inode.state().limit());
      if (!isOwn) {
        missing.add(new Extent(at, Math.min(CopyContent.BLOCK, size - at)));
      }
    }
    return missing;
  }

  private static InodeState holding(
      InodeState state, @Nullable PathBytes content, Written written, Facts facts) {
    return new InodeState(
        state.id(),
        state.type(),
        state.mode(),
        state.uid(),
        state.gid(),
        state.mtime(),
        state.ctime(),
        state.links(),
        state.inode(),
        state.device(),
        facts.rdev(),
        state.isLinked(),
        state.origin(),
        content,
        state.target(),
        written.data(),
        facts.type() == FileType.REGULAR ? facts.size() : 0,
        written.limit(),
        state.attributes());
  }

  private InodeState withMeta(InodeState state, Meta meta, FileTime ctime) throws IOException {
    FileTime mtime = state.isDirectory() && state.origin() != null ? state.mtime() : meta.mtime();
    InodeState changed =
        state
            .withMode(meta.mode(), ctime)
            .withOwner(meta.uid(), meta.gid(), ctime)
            .withTimes(mtime, ctime);
    PathBytes origin = state.origin();
    SnapshotVolume.Entry entry = origin == null ? null : draft.snapshot().at(origin);
    Map<PathBytes, byte[]> there =
        entry == null ? Map.of() : Meta.of(draft.snapshot(), entry).attributes();
    Map<PathBytes, Optional<byte[]>> attributes = new TreeMap<>();
    meta.attributes()
        .forEach(
            (name, value) -> {
              if (!Arrays.equals(value, there.get(name))) {
                attributes.put(name, Optional.of(value));
              }
            });
    for (PathBytes name : there.keySet()) {
      if (meta.attribute(name) == null) {
        attributes.put(name, Optional.empty());
      }
    }
    return changed.withAttributes(attributes);
  }
}
