// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.READ;
import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.makeFile;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Errors name the path and the errno, and are one line whatever the name holds. */
interface PosixErrorChecks extends PosixFixture {
  @Test
  default void failure_whenEntryIsMissing_namesPathAndErrno() throws IOException {
    work().makeDirectory(name("d"), 0700);
    try (PosixDirectory d = work().openDirectory(name("d"))) {
      for (ProviderException e :
          List.of(
              assertErrno(() -> d.stat(name("none")), Errno.ENOENT),
              assertErrno(() -> d.openFile(name("none"), READ), Errno.ENOENT),
              assertErrno(() -> d.openDirectory(name("none")), Errno.ENOENT),
              assertErrno(() -> d.unlink(name("none")), Errno.ENOENT),
              assertErrno(
                  () -> d.rename(name("none"), d, name("x"), RenameMode.REPLACE), Errno.ENOENT))) {
        assertThat(e)
            .hasMessageStartingWith("Cannot ")
            .hasMessageContaining(workName() + "/d/none")
            .hasMessageContaining("ENOENT")
            .hasMessageEndingWith(".");
        assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND);
      }
    }
  }

  @Test
  default void failure_whenNameIsHostile_isPrintedEscaped() throws IOException {
    makeFile(work(), name("f"));
    ProviderException e = assertErrno(() -> work().stat(name("a\nb\u001b[31m")), Errno.ENOENT);
    assertThat(e.getMessage()).contains("a\\x0ab\\x1b[31m").doesNotContain("\n", "\u001b");
  }

  @Test
  default void description_whenAsked_isOneLine() {
    assertThat(tree().description()).isNotBlank().doesNotContain("\n");
  }
}
