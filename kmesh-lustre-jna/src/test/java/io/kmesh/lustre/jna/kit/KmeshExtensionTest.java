// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.kit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.junit.KmeshResources;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class KmeshExtensionTest {
  private static final CountDownLatch END = new CountDownLatch(1);

  /** Run by the tests below, never by itself. */
  @ExtendWith(KmeshExtension.class)
  static class Sample {
    static boolean enabled;

    @Test
    void leaksHandles(KmeshResources resources, SimulatedLustre lustre) throws IOException {
      if (enabled) {
        PosixTree tree = resources.watch(lustre.tree());
        PosixDirectory root = tree.openRoot();
        root.openFile(PathBytes.of("f"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE));
        try (PosixFile again = root.openFile(PathBytes.of("f"), Set.of(OpenFlag.READ))) {
          assertThat(again.stat().isRegular()).isTrue();
        }
      }
    }

    @Test
    void leaksUpload(MemoryStore store) throws IOException {
      if (enabled) {
        store.blocking().startUpload("left", Map.of());
      }
    }

    @Test
    void leaksThread() {
      if (enabled) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    END.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "kmesh-left-behind");
        thread.setDaemon(true);
        thread.start();
      }
    }

    @Test
    void fails(Random random) {
      if (enabled) {
        assertThat(random.nextInt()).isNull();
      }
    }

    @Test
    void isClean(
        KmeshResources resources, SimulatedLustre lustre, MemoryStore store, ManualTime time)
        throws IOException {
      PosixTree tree = resources.watch(lustre.tree());
      try (PosixDirectory root = tree.openRoot()) {
        root.makeDirectory(PathBytes.of("d"), 0755);
        root.makeDirectory(PathBytes.of("e"), 0755);
        try (PosixDirectory d = root.openDirectory(PathBytes.of("d"));
            PosixDirectory e = root.openDirectory(PathBytes.of("e"))) {
          d.openFile(PathBytes.of("f"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE)).close();
          d.rename(PathBytes.of("f"), e, PathBytes.of("g"), io.kmesh.spi.posix.RenameMode.REPLACE);
        }
      }
      assertThat(store.blocking().find("nothing")).isEmpty();
      assertThat(time.now()).isEqualTo(ManualTime.START);
    }
  }

  @Test
  void afterEach_whenSomethingIsLeft_failsAndNamesIt() {
    Map<String, Throwable> failures = failuresOfSample();
    assertThat(failures).doesNotContainKey("isClean");
    Throwable handles = failures.get("leaksHandles");
    assertThat(handles).hasMessageContaining("left 2 open").hasMessageContaining("openFile");
    assertThat(handles.getSuppressed()[0].getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("leaksHandles"));
    assertThat(failures.get("leaksUpload")).hasMessageContaining("key=left");
    assertThat(failures.get("leaksThread")).hasMessageContaining("kmesh-left-behind");
    assertThat(failures.get("fails").getSuppressed())
        .anyMatch(t -> t.getMessage().contains("-Dkmesh.seed="));
    END.countDown();
  }

  private static Map<String, Throwable> failuresOfSample() {
    Map<String, Throwable> failures = new java.util.HashMap<>();
    List<String> ran = new ArrayList<>();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(Sample.class))
            .build();
    Launcher launcher = LauncherFactory.create();
    Sample.enabled = true;
    try {
      launcher.execute(
          request,
          new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
              if (test.isTest()) {
                String name = test.getDisplayName().replaceAll("\\(.*", "");
                ran.add(name);
                result.getThrowable().ifPresent(t -> failures.put(name, t));
              }
            }
          });
    } finally {
      Sample.enabled = false;
    }
    assertThat(ran).hasSize(5);
    return failures;
  }
}
