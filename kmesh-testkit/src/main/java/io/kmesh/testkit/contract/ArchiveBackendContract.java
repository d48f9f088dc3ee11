// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.Archiver;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.archive.Remover;
import io.kmesh.spi.archive.Restorer;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a back end that is an {@link Archiver}, a {@link Restorer} and a {@link Remover} must do, as
 * a copytool relies on it: what was not committed is never seen, what was committed is there for
 * every later instance, what is gone is NOT_FOUND, and a payload selects nothing. Extend it and say
 * how yours is opened.
 *
 * @param <B> the back end
 */
public abstract class ArchiveBackendContract<B extends Archiver & Restorer & Remover> {
  private static final int SEVERAL_PIECES = 300_001;

  private final AtomicLong dataVersions = new AtomicLong(1);

  @SuppressWarnings("NullAway.Init") // set before each test
  private B backend;

  /** For subclasses. */
  protected ArchiveBackendContract() {}

  /**
   * Opens the archive: empty at a test's first call, and with what an earlier instance holds at
   * each further one. An earlier instance is not used any more.
   */
  protected abstract B open() throws IOException;

  /** Frees what the instance that was opened last holds, before another one and after a test. */
  protected void close(B opened) throws IOException {}

  /** Opens the archive. */
  @BeforeEach
  void openBackend() throws IOException {
    backend = open();
  }

  /** Closes the archive. */
  @AfterEach
  void closeBackend() throws IOException {
    close(backend);
  }

  private void reopen() throws IOException {
    close(backend);
    backend = open();
  }

  private static Fid fid(int number) {
    return new Fid(0x200000401L, number, 0);
  }

  private static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private ContractAction action(Fid fid, byte[] content) {
    return new ContractAction(fid, new ArchiveFile(content), dataVersions.incrementAndGet());
  }

  private ArchivedObject archive(Fid fid, byte[] content) throws IOException {
    try (PendingArchive pending = backend.archive(action(fid, content))) {
      ArchivedObject stored = pending.commit();
      pending.settle();
      return stored;
    }
  }

  private byte[] restore(Fid fid) throws IOException {
    ArchiveFile target = new ArchiveFile(new byte[0]);
    backend.restore(new ContractAction(fid, target, 0));
    return target.bytes();
  }

  private void remove(Fid fid) throws IOException {
    backend.remove(action(fid, new byte[0]));
  }

  private static void assertNotFound(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
  }

  @Test
  void restore_givesWhatWasArchived() throws IOException {
    int[] lengths = {0, 1, 4095, 65_536, SEVERAL_PIECES};
    for (int length : lengths) {
      byte[] content = bytes(length, length);
      ArchivedObject stored = archive(fid(length + 1), content);

      assertThat(stored.size()).as("size of %d bytes", length).isEqualTo(length);
      assertThat(stored.location()).isNotEmpty();
      Sha256 sum = new Sha256(ContractAction.sha256().digest(content));
      assertThat(stored.sha256().orElse(sum)).isEqualTo(sum);
    }
    for (int length : lengths) {
      assertThat(restore(fid(length + 1))).as("%d bytes", length).isEqualTo(bytes(length, length));
    }
  }

  @Test
  void archive_reportsItsProgress() throws IOException {
    ContractAction action = action(fid(1), bytes(1, SEVERAL_PIECES));
    try (PendingArchive pending = backend.archive(action)) {
      pending.commit();
      pending.settle();
    }

    assertThat(action.bytesCopied()).isEqualTo(SEVERAL_PIECES);
  }

  @Test
  void archive_whenCommitted_isThereForAnotherInstance() throws IOException {
    byte[] content = bytes(2, 5000);
    archive(fid(1), content);
    reopen();

    assertThat(restore(fid(1))).isEqualTo(content);
  }

  @Test
  void archive_whenClosedWithoutCommit_isNeverSeen() throws IOException {
    try (PendingArchive pending = backend.archive(action(fid(1), bytes(3, 5000)))) {
      assertThat(pending).isNotNull();
    }

    assertNotFound(() -> restore(fid(1)));
    reopen();
    assertNotFound(() -> restore(fid(1)));
  }

  @Test
  void archive_whenTheProcessEndsBeforeTheCommit_keepsTheContentBefore() throws IOException {
    byte[] before = bytes(4, 5000);
    archive(fid(1), before);
    PendingArchive left = backend.archive(action(fid(1), bytes(5, 6000)));
    assertThat(left).isNotNull();
    reopen();

    assertThat(restore(fid(1))).isEqualTo(before);
    byte[] after = bytes(6, 7000);
    archive(fid(1), after);
    assertThat(restore(fid(1))).isEqualTo(after);
  }

  @Test
  void archive_whenTheFileChanged_replacesTheContent() throws IOException {
    archive(fid(1), bytes(7, 5000));
    byte[] shorter = bytes(8, 10);
    archive(fid(1), shorter);

    assertThat(restore(fid(1))).isEqualTo(shorter);
    reopen();
    assertThat(restore(fid(1))).isEqualTo(shorter);
  }

  @Test
  void archive_whenCancelled_endsAndKeepsTheContentBefore() throws IOException {
    byte[] before = bytes(9, 5000);
    archive(fid(1), before);
    ContractAction cancelled = action(fid(1), bytes(10, SEVERAL_PIECES)).cancelAfter(100_000);

    assertThatThrownBy(() -> archiveAndDrop(cancelled)).isInstanceOf(IOException.class);
    assertThat(restore(fid(1))).isEqualTo(before);
  }

  @Test
  void archive_whenTheSourceCantBeRead_failsAndKeepsTheContentBefore() throws IOException {
    byte[] before = bytes(11, 5000);
    archive(fid(1), before);
    ArchiveFile broken = new ArchiveFile(bytes(12, SEVERAL_PIECES));
    broken.breakAt(200_000);
    ContractAction action = new ContractAction(fid(1), broken, dataVersions.incrementAndGet());

    assertThatThrownBy(() -> archiveAndDrop(action)).isInstanceOf(IOException.class);
    assertThat(restore(fid(1))).isEqualTo(before);
  }

  private void archiveAndDrop(ContractAction action) throws IOException {
    backend.archive(action).close();
  }

  @Test
  void close_afterACommitAndTwice_changesNothing() throws IOException {
    byte[] content = bytes(13, 5000);
    PendingArchive pending = backend.archive(action(fid(1), content));
    pending.commit();
    pending.settle();
    pending.close();
    pending.close();

    assertThat(restore(fid(1))).isEqualTo(content);
  }

  @Test
  void restore_whenNothingIsThere_isNotFound() {
    assertNotFound(() -> restore(fid(99)));
  }

  @Test
  void restore_whenCancelled_fails() throws IOException {
    archive(fid(1), bytes(14, SEVERAL_PIECES));
    ContractAction cancelled =
        new ContractAction(fid(1), new ArchiveFile(new byte[0]), 0).cancelAfter(1);

    assertThatThrownBy(() -> backend.restore(cancelled)).isInstanceOf(IOException.class);
  }

  @Test
  void remove_takesThisFileAndNoOther() throws IOException {
    byte[] other = bytes(15, 3000);
    archive(fid(1), bytes(16, 5000));
    archive(fid(2), other);
    remove(fid(1));

    assertNotFound(() -> restore(fid(1)));
    assertThat(restore(fid(2))).isEqualTo(other);
    reopen();
    assertNotFound(() -> restore(fid(1)));
    assertThat(restore(fid(2))).isEqualTo(other);
  }

  @Test
  void remove_whenNothingIsThere_isNotFound() throws IOException {
    assertNotFound(() -> remove(fid(99)));
    archive(fid(1), bytes(17, 10));
    remove(fid(1));
    assertNotFound(() -> remove(fid(1)));
  }

  @Test
  void archive_afterARemove_isThereAgain() throws IOException {
    archive(fid(1), bytes(18, 5000));
    remove(fid(1));
    byte[] again = bytes(19, 4000);
    archive(fid(1), again);

    assertThat(restore(fid(1))).isEqualTo(again);
  }

  @Test
  void calls_forManyFilesAtOnce_keepThemApart() throws IOException {
    int files = 24;
    long right =
        IntStream.rangeClosed(1, files)
            .parallel()
            .filter(
                i -> {
                  try {
                    byte[] content = bytes(i, 10_000 + i);
                    archive(fid(i), content);
                    return java.util.Arrays.equals(restore(fid(i)), content);
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                })
            .count();

    assertThat(right).isEqualTo(files);
    for (int i = 1; i <= files; i++) {
      assertThat(restore(fid(i))).isEqualTo(bytes(i, 10_000 + i));
    }
  }
}
