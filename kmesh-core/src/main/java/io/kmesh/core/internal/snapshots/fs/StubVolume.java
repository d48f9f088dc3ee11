// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.snapshots.archive.Catalogs;
import io.kmesh.core.internal.snapshots.archive.HsmEntry;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A copy on a Lustre, as it is now. The bytes of a released file are read from the repository, so
 * that nothing here restores one. Thread-safe once the links are known.
 */
final class StubVolume implements Volume, Branch.Likeness {
  private final TreeVolume tree;
  private final SnapshotVolume base;
  private final LustreBinding lustre;
  private final Catalogs catalogs;
  private final Map<Object, Object> links = new HashMap<>();

  StubVolume(TreeVolume tree, LustreBinding lustre, Catalogs catalogs) {
    this.tree = tree;
    this.base = tree.snapshot();
    this.lustre = lustre;
    this.catalogs = catalogs;
  }

  TreeVolume tree() {
    return tree;
  }

  /** Says which file with several names of the snapshot one here is. */
  void link(Facts here, SnapshotVolume.Entry before) {
    links.putIfAbsent(here.key(), SnapshotVolume.key(before));
  }

  /** The FID of a regular file. */
  Fid fid(Node file) throws IOException {
    PathBytes path = ((TreeVolume.Place) file).path();
    try (PosixDirectory parent = tree.tree().openDirectory(path.parent())) {
      return lustre.identity().fid(parent, path.name());
    }
  }

  @Override
  public Node root() {
    return tree.root();
  }

  @Override
  public @Nullable Node at(PathBytes path) throws IOException {
    return tree.at(path);
  }

  @Override
  public @Nullable Node find(Node directory, PathBytes name) throws IOException {
    return tree.find(directory, name);
  }

  @Override
  public Names names(Node directory) throws IOException {
    return tree.names(directory);
  }

  @Override
  public Facts facts(Node node) {
    Facts facts = tree.facts(node);
    Object key = links.get(facts.key());
    return key == null ? facts : facts.keyed(key);
  }

  @Override
  public PathBytes target(Node link) throws IOException {
    return tree.target(link);
  }

  @Override
  public List<PathBytes> attributes(Node node) throws IOException {
    return tree.attributes(node);
  }

  @Override
  public byte @Nullable [] attribute(Node node, PathBytes name) throws IOException {
    return tree.attribute(node, name);
  }

  /** Whether the bytes of a regular file are in the archive only. */
  boolean isReleased(Node file) throws IOException {
    return lustre.hsm().state(fid(file)).isReleased();
  }

  @Override
  public Bytes content(Node file) throws IOException {
    Fid fid = fid(file);
    if (!lustre.hsm().state(fid).isReleased()) {
      return tree.content(file);
    }
    return FileContent.of(base.chunks(), archived(fid, file).content());
  }

  private HsmEntry archived(Fid fid, Node file) throws IOException {
    return catalogs
        .find(fid)
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.UNSUPPORTED,
                    "Cannot read "
                        + ((TreeVolume.Place) file).path()
                        + ": it is released, and the repository has nothing of it. It was archived"
                        + " elsewhere; restore it first."));
  }

  /**
   * Whether a file has the bytes of the snapshot's. Of a file that is archived and was not changed
   * since the catalogs know; any other is not released, and read. Where the snapshot has no bytes
   * size and time tell.
   */
  @Override
  public boolean hasBytesOf(SnapshotVolume.Entry before, Node file) throws IOException {
    Question question = ask(before, file);
    return question.isOfCatalogs()
        ? isYes(question, catalogs.find(question.fid()))
        : isYes(question, Optional.empty());
  }

  /** Whether a file has the bytes of the snapshot's, with what the HSM says of it. */
  record Question(SnapshotVolume.Entry before, Node file, Fid fid, HsmState state) {
    /** Whether the catalogs know, asked after the HSM. */
    boolean isOfCatalogs() {
      return !StubSnapshots.isLeftOut(before.node())
          && state.has(HsmFlag.EXISTS)
          && state.has(HsmFlag.ARCHIVED)
          && !state.has(HsmFlag.DIRTY);
    }
  }

  /** Asks the HSM, for an answer together with others. */
  Question ask(SnapshotVolume.Entry before, Node file) throws IOException {
    Fid fid = fid(file);
    return new Question(before, file, fid, lustre.hsm().state(fid));
  }

  /** Answers questions in their order as {@link #hasBytesOf} does, with one look at the store. */
  List<Boolean> answer(List<Question> questions) throws IOException {
    Set<Fid> fids = new LinkedHashSet<>();
    questions.stream().filter(Question::isOfCatalogs).forEach(question -> fids.add(question.fid()));
    Map<Fid, HsmEntry> entries = fids.isEmpty() ? Map.of() : catalogs.find(fids);
    List<Boolean> answers = new ArrayList<>();
    for (Question question : questions) {
      answers.add(isYes(question, Optional.ofNullable(entries.get(question.fid()))));
    }
    return answers;
  }

  private boolean isYes(Question question, Optional<HsmEntry> entry) throws IOException {
    SnapshotVolume.Entry before = question.before();
    Node file = question.file();
    if (StubSnapshots.isLeftOut(before.node())) {
      Facts facts = tree.facts(file);
      return facts.size() == before.node().size() && facts.mtime().equals(before.node().mtime());
    }
    if (entry.isPresent()) {
      Content now = entry.get().content();
      return now.equals(before.node().content())
          || (entry.get().size() == before.node().size()
              && !(now instanceof Content.Data && before.node().content() instanceof Content.Data)
              && Contents.areEqual(base, before, this, file));
    }
    return !question.state().isReleased() && tree.hasBytesOf(before, file);
  }

  @Override
  public void close() {
    // What it is made of is closed by who made it.
  }
}
