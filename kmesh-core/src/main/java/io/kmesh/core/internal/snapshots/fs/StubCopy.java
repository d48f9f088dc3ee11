// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.head.HeadLog;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.LustreGate;
import io.kmesh.core.internal.snapshots.Manifest;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.SnapshotProblem;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/** A copy on a Lustre that is looked at. For one thread. */
public final class StubCopy implements AutoCloseable {
  private final StubParts parts;
  private final Head.Root root;
  private final OpenSnapshot shown;
  private final SnapshotVolume base;
  private final StubVolume volume;
  private final Retrier.Check check;

  private StubCopy(
      StubParts parts, Head.Root root, OpenSnapshot shown, StubVolume volume, Retrier.Check check) {
    this.parts = parts;
    this.root = root;
    this.shown = shown;
    this.base = volume.tree().snapshot();
    this.volume = volume;
    this.check = check;
  }

  /** Opens the copy of a root, with its snapshot, which stays open with it. */
  static StubCopy open(StubParts parts, Head.Root root, OpenSnapshot shown, Retrier.Check check)
      throws IOException {
    Domain domain = parts.domain();
    SnapshotVolume base = new SnapshotVolume(shown, parts.settings().cache());
    TreeVolume.Basis basis =
        new TreeVolume.Basis(
            base, shown.manifest().time(), domain.namers(), new LustreGate(parts.lustre()));
    TreeVolume tree = new TreeVolume(parts.tree(root), StubParts.hidden(root.id()), basis);
    return new StubCopy(
        parts, root, shown, new StubVolume(tree, parts.lustre(), parts.catalogs()), check);
  }

  /** What its snapshot says of itself. */
  public Manifest manifest() {
    return shown.manifest();
  }

  /** Its root when it was opened. */
  Head.Root root() {
    return root;
  }

  OpenSnapshot shown() {
    return shown;
  }

  StubVolume volume() {
    return volume;
  }

  /**
   * What differs from the snapshot, each directory before what is in it. No released file is
   * restored for it: whether its bytes are the snapshot's the HSM state and the catalogs say.
   */
  public List<CopyChange> changes() throws IOException {
    return new StubChanges(volume, base, check).find();
  }

  /** Tells the files of the snapshot that it lacks, as their bytes are in an archive, and why. */
  public void leftOut(Consumer<SnapshotProblem> visitor) throws IOException {
    new LeftOut(base, volume, parts.contents(), check).find(visitor);
  }

  /**
   * What brings the changes to a tree. No released file is restored, of the copy nor, with the gate
   * of its Lustre, of the tree.
   *
   * @param tree stays the caller's
   * @param gate says which of its files must not be read
   * @param policy SKIP and THEIRS keep the tree's entry where both changed
   */
  public ReverseSync reverseSync(PosixTree tree, ContentGate gate, ConflictPolicy policy) {
    TreeVolume.Basis basis =
        new TreeVolume.Basis(base, manifest().time(), parts.domain().namers(), gate);
    return new ReverseSync(new Source(this), tree, basis, root.id(), policy);
  }

  private record Source(StubCopy copy) implements ReverseSync.Source {
    @Override
    public Branch branch() {
      return new Branch(copy.volume, copy.volume);
    }

    @Override
    public Iterator<CopyChange> changes() throws IOException {
      return copy.changes().iterator();
    }
  }

  /** The bytes of its files that are not released, and of what the repository has for it alone. */
  public long bytesStored() throws IOException {
    return HeadLog.bytesOf(root)
        + parts.catalogs().bytes(StubRoots.catalog(root.id()))
        + bytes(volume.root());
  }

  private long bytes(Volume.Node directory) throws IOException {
    check.run();
    long bytes = 0;
    Volume.Names names = volume.names(directory);
    for (PathBytes name = names.next(); name != null; name = names.next()) {
      Volume.Node node = volume.find(directory, name);
      bytes += node == null ? 0 : bytesOf(node);
    }
    return bytes;
  }

  private long bytesOf(Volume.Node node) throws IOException {
    Facts facts = volume.facts(node);
    if (facts.isDirectory()) {
      return bytes(node);
    }
    boolean isHere = Contents.isFile(facts) && !volume.isReleased(node);
    return isHere ? ((TreeVolume.Place) node).allocated() : 0;
  }

  @Override
  public void close() throws IOException {
    volume.close();
    shown.close();
  }
}
