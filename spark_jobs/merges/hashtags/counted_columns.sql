minute_at DATETIME     NOT NULL,
source    VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
hashtag   VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
uses      INT          NOT NULL
