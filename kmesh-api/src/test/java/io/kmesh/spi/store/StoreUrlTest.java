// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoreUrlTest {
  @ParameterizedTest
  @CsvSource({
    "s3://bucket, s3, bucket, ''",
    "S3://bucket/, s3, bucket, ''",
    "gs://b-1.x/job 42/ckpt, gs, b-1.x, job 42/ckpt/",
    "az://c/a%25b%3Fc+d/, az, c, a%b?c+d/",
    "s3://b//two, s3, b, /two/",
  })
  void parts_areRead(String text, String scheme, String bucket, String prefix) throws Exception {
    StoreUrl url = StoreUrl.parse(text);
    assertThat(url).isEqualTo(new StoreUrl(scheme, bucket, prefix, Map.of()));
    assertThat(StoreUrl.parse(url.toString())).isEqualTo(url);
  }

  @Test
  void options_areDecoded_andNotPrinted() throws Exception {
    StoreUrl url = StoreUrl.parse("s3://b/p?endpoint=http%3A%2F%2F127.0.0.1:1&secret=a+b%2Bc");
    assertThat(url.option("endpoint")).contains("http://127.0.0.1:1");
    assertThat(url.option("secret")).contains("a b+c");
    assertThat(url.toString()).isEqualTo("s3://b/p/");
    url.requireKnown(Set.of("endpoint", "secret"));
    assertThatThrownBy(() -> url.requireKnown(Set.of("endpoint")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessage("Cannot open s3://b/p/: there is no option secret. There are: endpoint.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bucket",
        "s3:/b",
        "s3://",
        "s3:///p",
        "s3://b/%zz",
        "s3://b?x",
        "s3://b?a=1&a=2"
      })
  void whatIsNone_isRefused(String text) {
    assertThatThrownBy(() -> StoreUrl.parse(text))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3:/b?secret=hidden",
        "s3://b?hidden",
        "s3://key:hidden@b/p",
        "s3://key:hid/hidden@b/p",
      })
  void secretOfAUrlThatIsWrong_isNotPrinted(String text) {
    assertThatThrownBy(() -> StoreUrl.parse(text))
        .isInstanceOf(ProviderException.class)
        .hasMessageNotContaining("hid");
  }
}
