// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.nio.PosixTreeFileSystem;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A read by java.nio waits as long as the tree's own read, as on a released file. */
class BlockingReadTest {
  @TempDir Path directory;

  private final CountDownLatch reading = new CountDownLatch(1);
  private final CountDownLatch restored = new CountDownLatch(1);

  @Test
  void readAllBytes_whenTheTreesReadWaits_waitsToo() throws Exception {
    Files.writeString(directory.resolve("released"), "content");
    try (PosixTreeFileSystem view =
        PosixTreeFileSystem.over(new WaitingTree(JnaPosix.open(directory)))) {
      FutureTask<String> reader =
          new FutureTask<>(() -> Files.readString(view.getPath("/released")));
      Thread thread = new Thread(reader, "kmesh-test-reader");
      thread.setDaemon(true);
      thread.start();
      reading.await();
      thread.interrupt();
      assertThat(reader.isDone()).isFalse();
      restored.countDown();
      assertThat(reader.get()).isEqualTo("content");
    }
  }

  /** A tree whose reads wait for the latch. */
  private final class WaitingTree extends ForwardingPosixTree {
    private final PosixTree tree;

    WaitingTree(PosixTree tree) {
      this.tree = tree;
    }

    @Override
    protected PosixTree delegate() {
      return tree;
    }

    @Override
    public PosixDirectory openRoot() throws IOException {
      PosixDirectory root = tree.openRoot();
      return proxy(
          PosixDirectory.class,
          root,
          (name, arguments) -> name.equals("openFile") ? waiting(root, arguments) : null);
    }

    private PosixFile waiting(PosixDirectory root, Object[] arguments) throws IOException {
      PosixFile file = root.openFile((PathBytes) arguments[0], Set.of(OpenFlag.READ));
      return proxy(
          PosixFile.class,
          file,
          (name, values) -> {
            if (name.equals("read")) {
              reading.countDown();
              awaitUninterruptibly();
              return file.read((ByteBuffer) values[0], (Long) values[1]);
            }
            return null;
          });
    }
  }

  private void awaitUninterruptibly() {
    boolean interrupted = false;
    while (true) {
      try {
        restored.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Answers some calls; null hands the call on. */
  private interface Answers {
    Object to(String name, Object[] arguments) throws IOException;
  }

  private static <T> T proxy(Class<T> type, T target, Answers answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              Object answer = answers.to(method.getName(), arguments);
              if (answer != null) {
                return answer;
              }
              try {
                return method.invoke(target, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
