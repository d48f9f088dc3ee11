// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * A tree that takes names for one that differ in case or in Unicode's form, and keeps the one that
 * was first, as macOS does. Only what an import of one level asks for.
 */
final class FoldingTree extends ForwardingPosixTree {
  private final PosixTree real;

  FoldingTree(PosixTree real) {
    this.real = real;
  }

  @Override
  protected PosixTree delegate() {
    return real;
  }

  @Override
  public PosixDirectory openDirectory(PathBytes path) throws IOException {
    return folding(real.openDirectory(path));
  }

  private static PosixDirectory folding(PosixDirectory directory) {
    return (PosixDirectory)
        Proxy.newProxyInstance(
            FoldingTree.class.getClassLoader(),
            new Class<?>[] {PosixDirectory.class},
            new Handler(directory));
  }

  private record Handler(PosixDirectory real) implements InvocationHandler {
    @Override
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
      Object[] mapped = args == null ? new Object[0] : args.clone();
      for (int i = 0; i < mapped.length; i++) {
        if (mapped[i] instanceof PathBytes name && !method.getName().contains("ttr")) {
          mapped[i] = known(name);
        } else if (mapped[i] != null
            && Proxy.isProxyClass(mapped[i].getClass())
            && Proxy.getInvocationHandler(mapped[i]) instanceof Handler other) {
          mapped[i] = other.real;
        }
      }
      try {
        Object result = method.invoke(real, mapped);
        return result instanceof PosixDirectory below ? folding(below) : result;
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }

    private PathBytes known(PathBytes name) throws IOException {
      try (DirectoryCursor cursor = real.entries()) {
        for (List<DirectoryEntry> b = cursor.next(); !b.isEmpty(); b = cursor.next()) {
          for (DirectoryEntry entry : b) {
            if (FoldedName.of(entry.name()).equals(FoldedName.of(name))) {
              return entry.name();
            }
          }
        }
      }
      return name;
    }
  }
}
