// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.AuditEntry.Action;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
  @TempDir Path dir;
  private PosixTree tree;
  private GrantFiles files;

  @BeforeEach
  void open() throws IOException {
    tree = PosixTrees.open(dir);
    files = new GrantFiles(tree);
  }

  @AfterEach
  void close() throws IOException {
    tree.close();
  }

  static AuditRecord record(int number) {
    return AuditRecord.of(
        1_000 + number, Action.OPENED, "u" + number, PathBytes.of("p" + number), "", "");
  }

  static List<String> users(GrantFiles files, AuditLog log) throws IOException {
    List<String> users = new ArrayList<>();
    PosixFile file = files.readLog();
    try (AuditTrail trail = new AuditTrail(file, log.head())) {
      trail.forEachRemaining(entry -> users.add(entry.who()));
    }
    return users;
  }

  private static List<String> first(int count) {
    List<String> users = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      users.add("u" + i);
    }
    return users;
  }

  @Test
  void whatACrashLeftOfTheLastRecords_goes_andNothingElse() throws Exception {
    int begin;
    try (AuditLog log = AuditLog.open(files, AuditHead.BEGIN, 0)) {
      log.write(record(1));
      begin = (int) Files.size(dir.resolve("audit"));
      log.write(List.of(record(2), record(3)));
    }
    byte[] whole = Files.readAllBytes(dir.resolve("audit"));
    for (int length = 0; length <= whole.length; length++) {
      Files.write(dir.resolve("audit"), Arrays.copyOf(whole, length));
      int left = length < begin ? 0 : length < whole.length ? 1 : 3;
      try (AuditLog log = AuditLog.open(files, AuditHead.BEGIN, 0)) {
        assertThat(users(files, log)).as("of %s bytes", length).isEqualTo(first(left));
        log.write(record(left + 1));
        assertThat(users(files, log)).isEqualTo(first(left + 1));
      }
      assertThat(dir.resolve("audit.damaged-1")).doesNotExist();
    }
  }

  @Test
  void aChangeOfAnyByte_isFound() throws Exception {
    AuditHead known;
    try (AuditLog log = AuditLog.open(files, AuditHead.BEGIN, 0)) {
      log.write(record(1));
      log.write(record(2));
      known = log.head();
    }
    byte[] whole = Files.readAllBytes(dir.resolve("audit"));
    for (int i = 0; i < whole.length; i++) {
      if (i == 4) {
        continue; // the format: refused as one of a newer build
      }
      byte[] changed = whole.clone();
      changed[i] ^= 8;
      Files.write(dir.resolve("audit"), changed);
      try (AuditLog log = AuditLog.open(files, known, 7)) {
        assertThat(log.head().count()).as("changed at %s", i).isEqualTo(1);
        assertThat(users(files, log)).containsExactly("");
      }
      Path kept = dir.resolve("audit.damaged-1");
      assertThat(kept).hasBinaryContent(changed);
      Files.delete(kept);
    }
    whole[4] = 9;
    Files.write(dir.resolve("audit"), whole);
    assertThatThrownBy(() -> AuditLog.open(files, known, 7))
        .hasMessageContaining("its format is 9");
  }

  @Test
  void aRecordThatWasTakenOut_isFound_whoeverKnewNothing() throws Exception {
    List<byte[]> frames = new ArrayList<>();
    try (AuditLog log = AuditLog.open(files, AuditHead.BEGIN, 0)) {
      for (int i = 1; i <= 4; i++) {
        int before = (int) Files.size(dir.resolve("audit"));
        log.write(record(i));
        byte[] all = Files.readAllBytes(dir.resolve("audit"));
        frames.add(Arrays.copyOfRange(all, before, all.length));
      }
    }
    byte[] head = Arrays.copyOf(Files.readAllBytes(dir.resolve("audit")), AuditReader.HEAD);
    Files.write(dir.resolve("audit"), head);
    for (int i : new int[] {0, 1, 3}) {
      Files.write(dir.resolve("audit"), frames.get(i), java.nio.file.StandardOpenOption.APPEND);
    }
    try (AuditLog log = AuditLog.open(files, AuditHead.BEGIN, 7)) {
      assertThat(log.head().count()).isEqualTo(1);
    }
    assertThat(dir.resolve("audit.damaged-1")).exists();
  }

  @Test
  void manyThreads_haveAllTheirRecords_eachInItsOrder() throws Exception {
    int threads = 8;
    int each = 50;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    CountDownLatch start = new CountDownLatch(1);
    try (AuditLog log = AuditLog.open(files, AuditHead.BEGIN, 0)) {
      List<Future<?>> done = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int base = t * each;
        done.add(
            pool.submit(
                () -> {
                  start.await();
                  for (int i = 0; i < each; i++) {
                    log.write(record(base + i));
                  }
                  return null;
                }));
      }
      start.countDown();
      for (Future<?> one : done) {
        one.get();
      }
      List<String> users = users(files, log);
      assertThat(users).hasSize(threads * each);
      for (int t = 0; t < threads; t++) {
        List<String> own = new ArrayList<>();
        for (int i = 0; i < each; i++) {
          own.add("u" + (t * each + i));
        }
        assertThat(users).containsSubsequence(own);
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
