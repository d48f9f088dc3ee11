// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.testkit.fault.CrashableTree.Damage;
import io.kmesh.testkit.fault.CrashableTree.Effect;
import io.kmesh.testkit.fault.CrashableTree.InodeKey;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The directories and files of a crashable tree: each change notes how to take it back. */
final class CrashableHandles {
  private static final Set<String> CHANGES =
      Set.of(
          "write",
          "truncate",
          "allocate",
          "makeDirectory",
          "makeSymlink",
          "makeNode",
          "link",
          "rename",
          "unlink",
          "removeDirectory",
          "setMode",
          "setOwner",
          "setTimes",
          "setXattr",
          "removeXattr",
          "sync");

  private CrashableHandles() {}

  static PosixDirectory directory(CrashableTree tree, PosixDirectory real) throws IOException {
    return (PosixDirectory)
        proxy(PosixDirectory.class, new Handler(tree, real, InodeKey.of(real.stat())));
  }

  private static PosixFile file(CrashableTree tree, PosixFile real) throws IOException {
    return (PosixFile) proxy(PosixFile.class, new Handler(tree, real, InodeKey.of(real.stat())));
  }

  private static Object proxy(Class<?> type, Handler handler) {
    return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
  }

  private record Cursor(DirectoryCursor real) implements DirectoryCursor {
    @Override
    public List<DirectoryEntry> next() throws IOException {
      List<DirectoryEntry> entries = real.next();
      // An empty list means the end: go on where only the hidden directory was left out.
      while (!entries.isEmpty()) {
        List<DirectoryEntry> visible = CrashableTree.visible(entries);
        if (!visible.isEmpty()) {
          return visible;
        }
        entries = real.next();
      }
      return entries;
    }

    @Override
    public void close() {
      real.close();
    }
  }

  private record Handler(CrashableTree tree, PosixInode real, InodeKey key)
      implements InvocationHandler {
    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] given)
        throws Throwable {
      Object[] arguments = given == null ? new Object[0] : given.clone();
      if (method.getDeclaringClass() == Object.class) {
        return switch (method.getName()) {
          case "equals" -> proxy == arguments[0];
          case "hashCode" -> System.identityHashCode(proxy);
          default -> "crashable " + real;
        };
      }
      for (int i = 0; i < arguments.length; i++) {
        if (arguments[i] != null
            && Proxy.isProxyClass(arguments[i].getClass())
            && Proxy.getInvocationHandler(arguments[i]) instanceof Handler h) {
          arguments[i] = h.real;
        }
      }
      if (method.getName().equals("close")) {
        if (!tree.keeps(key, real)) {
          real.close();
        }
        return null;
      }
      if (method.getName().equals("openFile")) {
        return openFile((PosixDirectory) real, arguments);
      }
      if (!CHANGES.contains(method.getName())) {
        tree.crashPoint().failIfCrashed();
        return wrapped(call(method, arguments));
      }
      tree.crashPoint().before(method.getName());
      Effect effect = effectOf(method.getName(), arguments);
      Object result = call(method, arguments);
      if (method.getName().equals("sync")) {
        tree.synced(key);
      }
      if (effect != null) {
        tree.add(effect);
      }
      tree.crashPoint().after(method.getName());
      return result;
    }

    private @Nullable Object wrapped(@Nullable Object result) throws IOException {
      if (result instanceof PosixDirectory d) {
        return directory(tree, d);
      }
      return result instanceof DirectoryCursor c ? new Cursor(c) : result;
    }

    private @Nullable Object call(Method method, Object[] arguments) throws Throwable {
      try {
        return method.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause() == null ? e : e.getCause();
      }
    }

    private PosixFile openFile(PosixDirectory directory, Object[] arguments) throws IOException {
      PathBytes name = (PathBytes) arguments[0];
      Set<OpenFlag> flags = EnumSet.noneOf(OpenFlag.class);
      for (Object flag : (Set<?>) arguments[1]) {
        flags.add((OpenFlag) flag);
      }
      boolean exists = directory.find(name).isPresent();
      boolean creates = flags.contains(OpenFlag.CREATE) && !exists;
      boolean cuts = flags.contains(OpenFlag.TRUNCATE) && exists;
      if (!creates && !cuts) {
        tree.crashPoint().failIfCrashed();
        return file(tree, directory.openFile(name, readable(flags)));
      }
      tree.crashPoint().before("openFile");
      Set<OpenFlag> uncut = readable(flags);
      uncut.remove(OpenFlag.TRUNCATE);
      PosixFile opened = directory.openFile(name, uncut);
      InodeKey file = InodeKey.of(opened.stat());
      if (creates) {
        tree.hold(directory);
        tree.add(new Effect(key, "create " + name, random -> directory.unlink(name)));
      } else {
        Effect cut = contentEffect(opened, file, "cut " + name, 0, opened.stat().size());
        opened.truncate(0);
        tree.add(cut);
      }
      tree.crashPoint().after("openFile");
      return file(tree, opened);
    }

    // What is written over must be read first.
    private static Set<OpenFlag> readable(Set<OpenFlag> flags) {
      Set<OpenFlag> more = EnumSet.copyOf(flags.isEmpty() ? Set.of(OpenFlag.READ) : flags);
      if (more.contains(OpenFlag.WRITE)) {
        more.add(OpenFlag.READ);
      }
      return more;
    }

    private @Nullable Effect effectOf(String operation, Object[] arguments) throws IOException {
      if (real instanceof PosixFile f) {
        return switch (operation) {
          case "write" ->
              contentEffect(
                  f,
                  key,
                  "write",
                  (long) arguments[1],
                  (long) arguments[1] + ((ByteBuffer) arguments[0]).remaining());
          case "truncate" -> {
            long size = (long) arguments[0];
            long old = f.stat().size();
            yield contentEffect(f, key, "truncate", Math.min(size, old), Math.max(size, old));
          }
          default -> null;
        };
      }
      return entryEffect((PosixDirectory) real, operation, arguments);
    }

    private @Nullable Effect entryEffect(
        PosixDirectory directory, String operation, Object[] arguments) throws IOException {
      if (arguments.length == 0 || !(arguments[0] instanceof PathBytes name)) {
        return null;
      }
      tree.hold(directory);
      String what = operation + " " + name;
      return switch (operation) {
        case "makeDirectory" -> new Effect(key, what, r -> directory.removeDirectory(name));
        case "makeSymlink", "makeNode" -> new Effect(key, what, r -> directory.unlink(name));
        case "unlink", "removeDirectory" ->
            directory.find(name).isEmpty()
                ? null
                : new Effect(key, what, tree.keep(directory, name));
        case "link" -> {
          PosixDirectory to = (PosixDirectory) arguments[1];
          PathBytes toName = (PathBytes) arguments[2];
          tree.hold(to);
          yield new Effect(InodeKey.of(to.stat()), what, r -> to.unlink(toName));
        }
        case "rename" -> renameEffect(directory, name, arguments);
        default -> null;
      };
    }

    private @Nullable Effect renameEffect(PosixDirectory from, PathBytes name, Object[] arguments)
        throws IOException {
      PosixDirectory to = (PosixDirectory) arguments[1];
      PathBytes toName = (PathBytes) arguments[2];
      RenameMode mode = (RenameMode) arguments[3];
      if (from.find(name).isEmpty()) {
        return null;
      }
      tree.hold(to);
      InodeKey target = InodeKey.of(to.stat());
      String what = "rename " + name + " to " + toName;
      if (mode == RenameMode.EXCHANGE) {
        return new Effect(target, what, r -> to.rename(toName, from, name, RenameMode.EXCHANGE));
      }
      Optional<Damage> victim =
          mode == RenameMode.REPLACE && to.find(toName).isPresent()
              ? Optional.of(tree.keep(to, toName))
              : Optional.empty();
      return new Effect(
          target,
          what,
          random -> {
            to.rename(toName, from, name, RenameMode.NO_REPLACE);
            if (victim.isPresent()) {
              victim.get().apply(random);
            }
          });
    }

    /** How a change of a file's bytes from an offset to another comes out of a crash. */
    private Effect contentEffect(PosixFile file, InodeKey inode, String what, long from, long to)
        throws IOException {
      tree.hold(file);
      long oldSize = file.stat().size();
      byte[] old = bytes(file, from, Math.min(to, oldSize));
      return new Effect(
          inode,
          what + " " + from + ".." + to,
          random -> {
            FileStat stat = file.stat();
            long size = stat.size();
            switch (random.nextInt(4)) {
              case 0 -> { // gone
                file.write(ByteBuffer.wrap(old), from);
                if (oldSize != size && (size == to || size == from)) {
                  file.truncate(oldSize);
                }
              }
              case 1 -> zero(file, from, Math.min(to, size));
              case 2 -> { // the second half is gone
                long half = from + (Math.min(to, size) - from) / 2;
                if (size == to && oldSize < to) {
                  file.truncate(Math.max(half, oldSize));
                }
                restore(file, old, from, Math.max(half, from));
              }
              default -> flip(file, from, Math.min(to, size), random);
            }
            // The time is durable, whatever becomes of the bytes: it must not tell of the damage.
            file.setTimes(stat.atime(), stat.mtime());
          });
    }

    private static void zero(PosixFile file, long from, long to) throws IOException {
      if (to > from) {
        file.write(ByteBuffer.allocate(Math.toIntExact(to - from)), from);
      }
    }

    private static void restore(PosixFile file, byte[] old, long from, long at) throws IOException {
      int skip = Math.toIntExact(at - from);
      if (skip < old.length) {
        file.write(ByteBuffer.wrap(old, skip, old.length - skip), at);
      }
    }

    private static void flip(PosixFile file, long from, long to, Random random) throws IOException {
      if (to > from) {
        long at = from + random.nextInt(Math.toIntExact(to - from));
        byte[] one = bytes(file, at, at + 1);
        one[0] ^= (byte) (1 << random.nextInt(8));
        file.write(ByteBuffer.wrap(one), at);
      }
    }

    private static byte[] bytes(PosixFile file, long from, long to) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(Math.max(0, to - from)));
      while (buffer.hasRemaining() && file.read(buffer, from + buffer.position()) > 0) {
        // until all is read
      }
      byte[] read = new byte[buffer.flip().remaining()];
      buffer.get(read);
      return read;
    }
  }
}
