// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;

/**
 * A tree in which directories of one name look like other file systems that are mounted there:
 * another device number, another inode number, and a name that can't be taken away.
 */
final class MountedTree extends ForwardingPosixTree {
  private static final long MORE = 1L << 20;

  private final PosixTree real;
  private final PathBytes name;

  /** Whether they are mounted now. */
  volatile boolean isMounted = true;

  MountedTree(PosixTree real, String name) {
    this.real = real;
    this.name = PathBytes.of(name);
  }

  @Override
  protected PosixTree delegate() {
    return real;
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    return over(real.openRoot(), false);
  }

  @Override
  public PosixDirectory openDirectory(PathBytes path) throws IOException {
    PosixDirectory at = openRoot();
    for (PathBytes one : path.names()) {
      try (PosixDirectory parent = at) {
        at = parent.openDirectory(one);
      }
    }
    return at;
  }

  private PosixDirectory over(PosixDirectory directory, boolean isBelow) {
    return (PosixDirectory)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {PosixDirectory.class},
            new Handle(directory, isBelow));
  }

  private final class Handle implements InvocationHandler {
    private final PosixDirectory directory;
    private final boolean isBelow;

    Handle(PosixDirectory directory, boolean isBelow) {
      this.directory = directory;
      this.isBelow = isBelow;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] given) throws Throwable {
      Object[] args = given == null ? new Object[0] : given.clone();
      for (int i = 0; i < args.length; i++) {
        if (args[i] instanceof PosixDirectory other
            && Proxy.isProxyClass(other.getClass())
            && Proxy.getInvocationHandler(other) instanceof Handle handle) {
          args[i] = handle.directory;
        }
      }
      boolean isMount = args.length > 0 && isMount(args[0]);
      if (isMount && (method.getName().equals("removeDirectory") || isRename(method))) {
        throw new ProviderException(Errno.EBUSY, "Cannot do that: " + name + " is in use.");
      }
      Object result;
      try {
        result = method.invoke(directory, args);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
      boolean isOther = isBelow || isMount;
      if (result instanceof PosixDirectory opened) {
        return over(opened, isOther);
      } else if (result instanceof FileStat stat && isOther) {
        return elsewhere(stat);
      } else if (result instanceof Optional<?> found
          && found.isPresent()
          && found.get() instanceof FileStat stat
          && isOther) {
        return Optional.of(elsewhere(stat));
      }
      return result;
    }

    private boolean isMount(Object argument) throws IOException {
      return isMounted
          && argument instanceof PathBytes entry
          && entry.equals(name)
          && directory.find(entry).filter(FileStat::isDirectory).isPresent();
    }
  }

  private static boolean isRename(Method method) {
    return method.getName().equals("rename");
  }

  private static FileStat elsewhere(FileStat stat) {
    return new FileStat(
        stat.type(),
        stat.mode(),
        stat.uid(),
        stat.gid(),
        stat.size(),
        stat.blocks(),
        stat.links(),
        stat.inode() + MORE,
        stat.device() + MORE,
        stat.rdev(),
        stat.atime(),
        stat.mtime(),
        stat.ctime());
  }
}
