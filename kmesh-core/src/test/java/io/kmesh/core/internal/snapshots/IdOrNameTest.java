// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class IdOrNameTest {
  private record One(String id, String name) {}

  private static final List<One> ALL =
      List.of(
          new One("0123456789abcdef", "job"),
          new One("0123ffffffffffff", "0123456789abcdef"),
          new One("aaaa000000000000", "job"),
          new One("bbbb000000000000", "aaaa"));

  private static List<String> meant(String text) {
    return IdOrName.meant(ALL, text, One::id, One::name).stream().map(One::id).toList();
  }

  @Test
  void meant_aWholeIdIsOne_digitsAndNamesMayBeSeveral() {
    assertThat(meant("0123456789abcdef")).containsExactly("0123456789abcdef");
    assertThat(meant("01234")).containsExactly("0123456789abcdef");
    assertThat(meant("0123")).containsExactly("0123456789abcdef", "0123ffffffffffff");
    assertThat(meant("job")).containsExactly("0123456789abcdef", "aaaa000000000000");
    assertThat(meant("aaaa")).containsExactly("aaaa000000000000", "bbbb000000000000");
    assertThat(meant("bbb")).isEmpty();
    assertThat(meant("")).isEmpty();
  }
}
