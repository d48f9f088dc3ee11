// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;

class S3XmlTest {
  private static final String PAGE =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Name>bucket</Name><Prefix>a</Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>
        <!-- said by no server -->
        <IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>
        <NextContinuationToken>T&amp;1</NextContinuationToken>
        <Contents><Key>a%2Bb+c%00</Key><LastModified>2026-11-02T10:00:00.000Z</LastModified>
          <ETag>&quot;e1&quot;</ETag><Size>5</Size><StorageClass>GLACIER</StorageClass>
          <Owner><ID>1</ID><DisplayName>x</DisplayName></Owner>
          <RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus></Contents>
        <Contents><Key><![CDATA[a]]>z</Key><Size>0</Size></Contents>
        <CommonPrefixes><Prefix>a/%2F</Prefix></CommonPrefixes>
      </ListBucketResult>
      """;

  private static byte[] utf8(String text) {
    return text.strip().getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void page_hasWhatIsSaid() throws IOException {
    ListObjectsV2Response page = S3Xml.page(utf8(PAGE));
    assertThat(page.isTruncated()).isTrue();
    assertThat(page.nextContinuationToken()).isEqualTo("T&1");
    assertThat(page.contents()).hasSize(2);
    var first = page.contents().get(0);
    assertThat(first.key()).isEqualTo("a+b c\0");
    assertThat(first.eTag()).isEqualTo("\"e1\"");
    assertThat(first.size()).isEqualTo(5);
    assertThat(first.lastModified()).isEqualTo(Instant.parse("2026-11-02T10:00:00Z"));
    assertThat(first.storageClassAsString()).isEqualTo("GLACIER");
    assertThat(first.restoreStatus().isRestoreInProgress()).isTrue();
    assertThat(page.contents().get(1).key()).isEqualTo("az");
    assertThat(page.commonPrefixes().get(0).prefix()).isEqualTo("a//");
  }

  @Test
  void page_withoutEncoding_takesKeysAsTheyAre() throws IOException {
    String plain = PAGE.replace("<EncodingType>url</EncodingType>", "").replace("%00", "");
    assertThat(S3Xml.page(utf8(plain)).contents().get(0).key()).isEqualTo("a%2Bb+c");
  }

  @Test
  void page_withEntitiesOfItsOwn_isRefused() {
    String bomb =
        PAGE.replace(
            "<ListBucketResult xmlns",
            "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
                + "<ListBucketResult xmlns");
    assertThatThrownBy(() -> S3Xml.page(utf8(bomb.replace(">a%2Bb+c%00<", ">&f;<"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void page_thatIsCutOff_isRefused() {
    byte[] whole = utf8(PAGE);
    for (int length : new int[] {0, 1, 60, whole.length / 2, whole.length - 1}) {
      assertThatThrownBy(() -> S3Xml.page(java.util.Arrays.copyOf(whole, length)))
          .isInstanceOf(IOException.class);
    }
  }

  @Property
  @Tag("fuzz")
  void page_withAWrongByte_isReadOrRefused(
      @ForAll @IntRange(max = 1100) int at, @ForAll byte value) {
    byte[] bytes = utf8(PAGE);
    bytes[at % bytes.length] = value;
    try {
      assertThat(S3Xml.page(bytes).contents()).hasSizeLessThanOrEqualTo(2);
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("cannot be read");
    }
  }

  @Test
  void error_saysCodeAndMessage() {
    S3Xml.Refusal error =
        S3Xml.error(utf8("<Error><Code>SlowDown</Code><Message>a &lt; b</Message></Error>"));
    assertThat(error).isEqualTo(new S3Xml.Refusal("SlowDown", "a < b"));
    assertThat(S3Xml.error(utf8("<html><body>no</body></html>"))).isNull();
    assertThat(S3Xml.error(utf8("gateway timeout"))).isNull();
    assertThat(S3Xml.error(new byte[0])).isNull();
  }
}
