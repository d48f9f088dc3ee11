// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static io.kmesh.lustre.jna.sim.SimFixture.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.jna.JnaPosixTreeProvider;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.testkit.internal.lustre.fs.StorageSteps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Random changes of names and data against a model in memory, with kills before random stored
 * steps. After a kill the file system must hold what the model holds without or with the killed
 * change.
 */
class SimNamespaceModelTest {
  private static final List<String> NAMES = List.of("a", "b", "c");

  /** What a file holds in the model; hard links share one. */
  private static final class ModelFile {
    String content = "";
  }

  /** A tree in memory: directories are maps, files are shared. */
  private static final class Model {
    final Map<String, Object> root = new TreeMap<>();

    /** A deep copy that keeps which names share a file. */
    Model copy() {
      Model copy = new Model();
      copyInto(root, copy.root, new java.util.IdentityHashMap<>());
      return copy;
    }

    private static void copyInto(
        Map<String, Object> from, Map<String, Object> to, Map<ModelFile, ModelFile> files) {
      from.forEach(
          (name, node) -> {
            if (node instanceof ModelFile file) {
              ModelFile same =
                  files.computeIfAbsent(
                      file,
                      f -> {
                        ModelFile fresh = new ModelFile();
                        fresh.content = f.content;
                        return fresh;
                      });
              to.put(name, same);
            } else {
              Map<String, Object> below = new TreeMap<>();
              copyInto(directory(node), below, files);
              to.put(name, below);
            }
          });
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> directory(Object node) {
      return (Map<String, Object>) node;
    }

    /** The directory of a path of names, or an errno. */
    Map<String, Object> at(List<String> path) throws Refused {
      Map<String, Object> current = root;
      for (String name : path) {
        Object next = current.get(name);
        if (next == null) {
          throw new Refused(Errno.ENOENT);
        }
        if (next instanceof ModelFile) {
          throw new Refused(Errno.ENOTDIR);
        }
        current = directory(next);
      }
      return current;
    }

    Map<String, String> text() {
      Map<String, String> text = new TreeMap<>();
      java.util.IdentityHashMap<ModelFile, Integer> links = new java.util.IdentityHashMap<>();
      count(root, links);
      describe("", root, links, text);
      return text;
    }

    private static void count(
        Map<String, Object> directory, java.util.IdentityHashMap<ModelFile, Integer> links) {
      directory
          .values()
          .forEach(
              node -> {
                if (node instanceof ModelFile file) {
                  links.merge(file, 1, Integer::sum);
                } else {
                  count(directory(node), links);
                }
              });
    }

    private static void describe(
        String path,
        Map<String, Object> directory,
        java.util.IdentityHashMap<ModelFile, Integer> links,
        Map<String, String> text) {
      long below = directory.values().stream().filter(n -> !(n instanceof ModelFile)).count();
      text.put(path + "/", "links " + (2 + below));
      directory.forEach(
          (name, node) -> {
            String at = path.isEmpty() ? name : path + "/" + name;
            if (node instanceof ModelFile file) {
              byte[] bytes = file.content.getBytes(StandardCharsets.UTF_8);
              text.put(
                  at,
                  "REGULAR 384 links "
                      + links.get(file)
                      + " hsm 0 pool - size "
                      + bytes.length
                      + " data "
                      + java.util.Arrays.hashCode(bytes));
            } else {
              describe(at, directory(node), links, text);
            }
          });
    }
  }

  /** What the model refuses. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    final transient Errno errno;

    Refused(Errno errno) {
      super(errno.name());
      this.errno = errno;
    }
  }

  private enum Kind {
    WRITE,
    MKDIR,
    LINK,
    RENAME,
    NO_REPLACE,
    EXCHANGE,
    UNLINK,
    RMDIR,
    REOPEN
  }

  /**
   * One change.
   *
   * @param killAfter stored steps before the kill; negative for none
   */
  private record Op(
      Kind kind,
      List<String> directory,
      String name,
      List<String> to,
      String toName,
      int killAfter) {}

  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static final class Killer implements StorageSteps {
    private int left = -1;
    private boolean dead;

    void arm(int steps) {
      left = steps;
    }

    @Override
    public synchronized void before(String what) {
      if (dead || (left >= 0 && left-- == 0)) {
        dead = true;
        throw new Killed();
      }
    }
  }

  @Provide
  Arbitrary<List<Op>> changes() {
    Arbitrary<List<String>> directory =
        Arbitraries.frequencyOf(
            Tuple.of(5, Arbitraries.just(List.of())),
            Tuple.of(4, Arbitraries.of(NAMES).list().ofSize(1)),
            Tuple.of(1, Arbitraries.of(NAMES).list().ofSize(2)));
    Arbitrary<String> entry = Arbitraries.of(NAMES);
    Arbitrary<Integer> kill =
        Arbitraries.frequencyOf(
            Tuple.of(9, Arbitraries.just(-1)), Tuple.of(1, Arbitraries.integers().between(0, 12)));
    return Combinators.combine(
            Arbitraries.of(Kind.values()), directory, entry, directory, entry, kill)
        .as(Op::new)
        .list()
        .ofMinSize(10)
        .ofMaxSize(60);
  }

  @Property(tries = 40)
  void changes_whenKilledNowAndThen_leaveWhatTheModelHolds(@ForAll("changes") List<Op> ops)
      throws Exception {
    Path directory = Files.createTempDirectory("kmesh-model");
    Model model = new Model();
    Killer killer = new Killer();
    SimFixture sim = open(directory, killer);
    try {
      for (int i = 0; i < ops.size(); i++) {
        Op op = ops.get(i);
        Model next = model.copy();
        Optional<Errno> expected = apply(next, op, i);
        killer.arm(op.killAfter());
        boolean killed = false;
        Optional<Errno> found = Optional.empty();
        try {
          if (op.kind() == Kind.REOPEN) {
            sim.close();
            sim = open(directory, killer);
          } else {
            run(sim, op, i);
          }
        } catch (Killed e) {
          killed = true;
        } catch (ProviderException e) {
          found = e.errno();
        }
        killer.arm(-1);
        if (killed) {
          sim.fs.dropAsKilled();
          killer = new Killer();
          sim = open(directory, killer);
          Map<String, String> now = SimSnapshot.of(sim);
          model = settle(model, next, now, op);
          SimSnapshot.assertNoGarbage(sim, directory);
        } else {
          assertThat(found).as("%s", op).isEqualTo(expected);
          model = expected.isPresent() ? model : next;
        }
      }
      assertThat(SimSnapshot.of(sim)).isEqualTo(model.text());
      sim.close();
      sim = open(directory, new Killer());
      assertThat(SimSnapshot.of(sim)).isEqualTo(model.text());
    } finally {
      sim.close();
      delete(directory);
    }
  }

  /** After a kill: the model before, after, or (when writing takes several changes) between. */
  private static Model settle(Model before, Model after, Map<String, String> now, Op op)
      throws Refused {
    if (now.equals(before.text())) {
      return before;
    }
    if (op.kind() == Kind.WRITE && !now.equals(after.text())) {
      Model emptied = after.copy();
      ((ModelFile) emptied.at(op.directory()).get(op.name())).content = "";
      assertThat(now).isEqualTo(emptied.text());
      return emptied;
    }
    assertThat(now).as("%s", op).isEqualTo(after.text());
    return after;
  }

  private static SimFixture open(Path directory, Killer killer) throws IOException {
    return SimFixture.open(
        directory, new JnaPosixTreeProvider().open(directory), SimFixture.SHAPE, 0L, killer);
  }

  private static Optional<Errno> apply(Model model, Op op, int number) {
    if (op.kind() == Kind.REOPEN) {
      return Optional.empty();
    }
    try {
      Map<String, Object> from = model.at(op.directory());
      Object node = from.get(op.name());
      switch (op.kind()) {
        case WRITE -> {
          if (node != null && !(node instanceof ModelFile)) {
            throw new Refused(Errno.EINVAL);
          }
          ModelFile file = node == null ? new ModelFile() : (ModelFile) node;
          file.content = "content " + number;
          from.put(op.name(), file);
        }
        case MKDIR -> {
          if (node != null) {
            throw new Refused(Errno.EEXIST);
          }
          from.put(op.name(), new TreeMap<String, Object>());
        }
        case UNLINK -> {
          if (node == null) {
            throw new Refused(Errno.ENOENT);
          }
          if (!(node instanceof ModelFile)) {
            throw new Refused(Errno.EISDIR);
          }
          from.remove(op.name());
        }
        case RMDIR -> {
          if (node == null) {
            throw new Refused(Errno.ENOENT);
          }
          if (node instanceof ModelFile) {
            throw new Refused(Errno.ENOTDIR);
          }
          if (!Model.directory(node).isEmpty()) {
            throw new Refused(Errno.ENOTEMPTY);
          }
          from.remove(op.name());
        }
        case LINK -> {
          Map<String, Object> to = model.at(op.to());
          if (node == null) {
            throw new Refused(Errno.ENOENT);
          }
          if (!(node instanceof ModelFile)) {
            throw new Refused(Errno.EPERM);
          }
          if (to.containsKey(op.toName())) {
            throw new Refused(Errno.EEXIST);
          }
          to.put(op.toName(), node);
        }
        case RENAME, NO_REPLACE, EXCHANGE -> rename(model, op, from, node);
        case REOPEN -> {}
      }
      return Optional.empty();
    } catch (Refused e) {
      return Optional.of(e.errno);
    }
  }

  private static void rename(Model model, Op op, Map<String, Object> from, Object node)
      throws Refused {
    Map<String, Object> to = model.at(op.to());
    if (node == null) {
      throw new Refused(Errno.ENOENT);
    }
    Object target = to.get(op.toName());
    if (target != null && op.kind() == Kind.NO_REPLACE) {
      throw new Refused(Errno.EEXIST);
    }
    if (target == null && op.kind() == Kind.EXCHANGE) {
      throw new Refused(Errno.ENOENT);
    }
    if (target == node) {
      return;
    }
    if (isBelow(node, to)) {
      throw new Refused(Errno.EINVAL);
    }
    if (op.kind() == Kind.EXCHANGE) {
      if (isBelow(target, from)) {
        throw new Refused(Errno.EINVAL);
      }
      from.put(op.name(), target);
      to.put(op.toName(), node);
      return;
    }
    boolean directory = !(node instanceof ModelFile);
    if (target != null) {
      boolean onDirectory = !(target instanceof ModelFile);
      if (directory && !onDirectory) {
        throw new Refused(Errno.ENOTDIR);
      }
      if (!directory && onDirectory) {
        throw new Refused(Errno.EISDIR);
      }
      if (onDirectory && !Model.directory(target).isEmpty()) {
        throw new Refused(Errno.ENOTEMPTY);
      }
    }
    from.remove(op.name());
    to.put(op.toName(), node);
  }

  /** Whether a directory is a node or lies below it. */
  private static boolean isBelow(Object node, Map<String, Object> directory) {
    if (node == directory) {
      return true;
    }
    return !(node instanceof ModelFile)
        && Model.directory(node).values().stream().anyMatch(n -> isBelow(n, directory));
  }

  private static PathBytes path(List<String> names) {
    return PathBytes.of(String.join("/", names));
  }

  private static void run(SimFixture sim, Op op, int number) throws IOException {
    try (PosixDirectory from = sim.tree.openDirectory(path(op.directory()))) {
      switch (op.kind()) {
        case WRITE -> {
          try (PosixFile file =
              from.openFile(
                  name(op.name()),
                  EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
            file.write(ByteBuffer.wrap(("content " + number).getBytes(StandardCharsets.UTF_8)), 0);
            Fid fid = sim.fs.identity().fid(file);
            assertThat(fid.isZero()).isFalse();
          }
        }
        case MKDIR -> from.makeDirectory(name(op.name()), 0755);
        case UNLINK -> from.unlink(name(op.name()));
        case RMDIR -> from.removeDirectory(name(op.name()));
        default -> {
          try (PosixDirectory to = sim.tree.openDirectory(path(op.to()))) {
            if (op.kind() == Kind.LINK) {
              from.link(name(op.name()), to, name(op.toName()));
            } else {
              RenameMode mode =
                  switch (op.kind()) {
                    case NO_REPLACE -> RenameMode.NO_REPLACE;
                    case EXCHANGE -> RenameMode.EXCHANGE;
                    default -> RenameMode.REPLACE;
                  };
              from.rename(name(op.name()), to, name(op.toName()), mode);
            }
          }
        }
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    List<Path> all = new ArrayList<>();
    try (var paths = Files.walk(directory)) {
      paths.forEach(all::add);
    }
    for (int i = all.size() - 1; i >= 0; i--) {
      Files.delete(all.get(i));
    }
  }
}
