// SPDX-License-Identifier: Apache-2.0
/**
 * Amazon S3 and everything that speaks its protocol behind {@code io.kmesh.spi.store}; the AWS SDK
 * is the application's to bring.
 */
module io.kmesh.cloud.aws {
  requires transitive io.kmesh.api;
  requires org.slf4j;
  requires java.xml;
  requires org.apache.httpcomponents.core5.httpcore5;
  requires static io.netty.transport;
  requires static org.jspecify;
  requires static org.reactivestreams;
  requires static software.amazon.awssdk.auth;
  requires static software.amazon.awssdk.awscore;
  requires static software.amazon.awssdk.checksums;
  requires static software.amazon.awssdk.core;
  requires static software.amazon.awssdk.http;
  requires static software.amazon.awssdk.http.nio.netty;
  requires static software.amazon.awssdk.identity.spi;
  requires static software.amazon.awssdk.regions;
  requires static software.amazon.awssdk.retries.api;
  requires static software.amazon.awssdk.services.s3;
  requires static software.amazon.awssdk.services.sts;
  requires static software.amazon.awssdk.utils;

  exports io.kmesh.cloud.aws;

  provides io.kmesh.spi.store.ObjectStoreProvider with
      io.kmesh.cloud.aws.S3Stores;
}
