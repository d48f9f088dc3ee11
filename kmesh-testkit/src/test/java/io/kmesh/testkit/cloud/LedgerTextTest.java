// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.ClusterShape;
import io.kmesh.ThroughputTier;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.unit.DataSize;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerTextTest {
  /** The golden vector of docs/format/mock-cloud.md. */
  private static final String TEXT =
      """
      kmesh-mock-cloud 0
      made=1 changed=1 deleted=0
      id=mock-000001 token=0123456789ab4def8123456789abcdef name=burst zone=zone-2 \
      request=a+b%3Dc capacity=1099511627776 throughput=0 created=2026-01-01T00%3A00%3A00Z \
      ready=2026-01-01T00%3A10%3A00Z failure= change=fedcba9876544210b123456789abcdef \
      change-capacity=2199023255552 change-throughput=250 \
      change-begun=2026-01-01T01%3A00%3A00Z change-ends=2026-01-01T01%3A04%3A00Z \
      change-failure=
      """;

  private static CloudLedger.Books books() {
    CloudLedger.Books books = new CloudLedger.Books();
    books.made = 1;
    books.changed = 1;
    books.resources.put(
        "mock-000001",
        new MockResource(
            "mock-000001",
            new CloudToken("0123456789ab4def8123456789abcdef"),
            "burst",
            "zone-2",
            "a b=c",
            ClusterShape.of(DataSize.ofTib(1)),
            Instant.parse("2026-01-01T00:00:00Z"),
            Instant.parse("2026-01-01T00:10:00Z"),
            "",
            new MockResource.Change(
                new CloudToken("fedcba9876544210b123456789abcdef"),
                new ClusterShape(DataSize.ofTib(2), new ThroughputTier(250)),
                Instant.parse("2026-01-01T01:00:00Z"),
                Instant.parse("2026-01-01T01:04:00Z"),
                ""),
            null));
    return books;
  }

  @Test
  void goldenVector_isWrittenAndRead() {
    assertThat(LedgerText.write(books())).isEqualTo(TEXT);
    assertThat(LedgerText.write(LedgerText.read(TEXT))).isEqualTo(TEXT);
    assertThat(LedgerText.read(TEXT).resources).isEqualTo(books().resources);
    assertThat(LedgerText.read("").resources).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kmesh-mock-cloud 1\nmade=0 changed=0 deleted=0\n",
        "kmesh-mock-cloud 0\n",
        "kmesh-mock-cloud 0\nmade=0\n",
        "kmesh-mock-cloud 0\nmade=0 changed=0 deleted=0\nid=x\n",
        "kmesh-mock-cloud 0\nmade=0 changed=0 deleted=%%\n",
      })
  void read_ofForeignText_isRefused(String text) {
    assertThatThrownBy(() -> LedgerText.read(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void read_ofDamagedText_isRefusedOrRead() {
    Random random = new Random(7);
    for (int i = 0; i < 5_000; i++) {
      StringBuilder text = new StringBuilder(TEXT);
      text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(128));
      try {
        assertThat(LedgerText.read(text.toString())).isNotNull();
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
  }
}
